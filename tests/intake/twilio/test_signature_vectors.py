"""Signatures worked out with HMAC alone (RFC 2104, as Twilio's documents say), not by its library.

Key 12345. https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import hmac
from hashlib import sha256
from typing import Any

import pytest
from litestar import Litestar, Request, post
from msgspec.structs import replace

from service_desk.http.problems import EXCEPTION_HANDLERS
from service_desk.intake.twilio import signature as twilio_signature
from service_desk.intake.twilio.signature import signed_by_twilio
from service_desk.settings import get_settings
from tests.in_process import client_of

PUBLIC = "https://desk.example.com"
PATH = "/webhooks/twilio/sms"
BODY = "MessageSid=SM1&From=%2B8613800138000&Body=broken"
FORM = "application/x-www-form-urlencoded"
SIGNED = "K939+cC0rk+ltzxN+DMsb6Kev9U="
SHA256 = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


@post(["/webhooks/twilio/sms", "/json"], guards=[signed_by_twilio], status_code=200)
async def take(request: Request[Any, Any, Any]) -> str:
    return "in"


APP = Litestar([take], exception_handlers=EXCEPTION_HANDLERS, logging_config=None)


@pytest.fixture
def public_url(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(url: str) -> None:
        settings = replace(get_settings(), public_url=url, twilio_auth_token="12345")
        monkeypatch.setattr(twilio_signature, "get_settings", lambda: settings)

    use(PUBLIC)
    return use


async def status(
    body: str = BODY, signature: str = SIGNED, path: str = PATH, type_: str = FORM, **headers: str
) -> int:
    """What the desk answers, reached inside as http://10.0.0.7:8000."""
    async with client_of(APP, "http://10.0.0.7:8000") as client:
        response = await client.post(
            path,
            content=body.encode(),
            headers={"Content-Type": type_, "X-Twilio-Signature": signature}
            | {name.replace("_", "-"): value for name, value in headers.items()},
        )
    return response.status_code


@pytest.mark.usefixtures("public_url")
async def test_valid_behind_a_proxy_with_another_host_name() -> None:
    assert await status() == 200
    forwarded = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http", "Host": "inside"}
    assert await status(**forwarded) == 200


@pytest.mark.usefixtures("public_url")
@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (BODY.replace("broken", "brokem"), SIGNED),
        (BODY + "&Body=broken2", SIGNED),
        (BODY + "&Body=", SIGNED),
        (BODY + "&x=", SIGNED),
        (BODY.replace("&Body=broken", ""), SIGNED),
        (BODY, SIGNED.lower()),
        (BODY, SIGNED[:-2] + "Y="),
        (BODY, ""),
        (BODY, "x"),
        (BODY, "2eggtqntm1yP3agN+89EfBW1B38="),  # of http://
    ],
)
async def test_tampered(body: str, signature: str) -> None:
    assert await status(body, signature) == 403


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ("https://desk.example.com", "K939+cC0rk+ltzxN+DMsb6Kev9U="),
        ("https://desk.example.com", "vPI75iSki6Rm3tQrDjLlCFybItk="),  # signed with :443
        ("https://desk.example.com:443", "K939+cC0rk+ltzxN+DMsb6Kev9U="),  # without it
        ("https://desk.example.com:443", "vPI75iSki6Rm3tQrDjLlCFybItk="),
        ("https://desk.example.com:8443", "8MrYNgKkkb95iA2pyc8r9XdG7yY="),
        ("https://desk.example.com/", "K939+cC0rk+ltzxN+DMsb6Kev9U="),
        ("http://desk.example.com", "2eggtqntm1yP3agN+89EfBW1B38="),
        ("http://desk.example.com", "IiN/wNCepeydqhoj9t5mT/w7wd4="),  # signed with :80
        ("http://desk.example.com:8080", "mDwrv4Q4zR42EJFTHnE6WkdcjaI="),
    ],
)
async def test_with_and_without_the_port(public_url: Any, url: str, signature: str) -> None:
    public_url(url)
    assert await status(signature=signature) == 200


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ("https://desk.example.com", "8MrYNgKkkb95iA2pyc8r9XdG7yY="),  # signed with :8443
        ("https://desk.example.com:8443", "vPI75iSki6Rm3tQrDjLlCFybItk="),  # signed with :443
        ("http://desk.example.com", "mDwrv4Q4zR42EJFTHnE6WkdcjaI="),  # signed with :8080
    ],
)
async def test_another_port_is_another_address(public_url: Any, url: str, signature: str) -> None:
    public_url(url)
    assert await status(signature=signature) == 403


@pytest.mark.usefixtures("public_url")
@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (BODY + "&Tag=b&Tag=a&Tag=b", "K/x65IZfkHNOVn49wAwkGeQzcqY="),  # sorted, each once
        ("MessageSid=SM1&From=%2B8613800138000&Body=&FromCity=", "cBQLDP+IGk+R27uweBL9SNXcieU="),
        (BODY + "&NewInNextYear=%E6%B1%89+%26", "w4rOzfUc1oZz2YH2pa0JdlhMc5w="),
    ],
)
async def test_repeated_blank_and_unknown_parameters(body: str, signature: str) -> None:
    assert await status(body, signature) == 200
    assert await status(body + "&y=1", signature) == 403


@pytest.mark.usefixtures("public_url")
async def test_the_sha256_variant() -> None:
    by = {"X_Twilio_Webhooks_Signature_Settings": SHA256}
    signed = "0EoIwTm2SO5Z1EQP2jzW4r7C8OrZddK0Wou+R0USDEE="
    assert await status(signature=signed, **by) == 200
    assert await status(signature="nl1lGz5cfVQJU3LyHrfkub1fFqN6jfL3QFMVxYkn+co=", **by) == 200
    assert await status(BODY + "x", signed, **by) == 403
    assert await status(signature=signed) == 403  # the header says which it is
    assert await status(signature=SIGNED, **by) == 403


JSON, JSON_HASH = '{"a":1}', "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@pytest.mark.usefixtures("public_url")
@pytest.mark.parametrize(
    ("headers", "signature"),
    [
        ({}, "cd3jZifVn+ZpX8N9vNph4WO30Dc="),
        (
            {"X_Twilio_Webhooks_Signature_Settings": SHA256},
            "1hYqtskIEkwwEVMHWcJF3d1Q5FpTYXQGmF1LfC0nrmM=",
        ),
    ],
)
async def test_a_json_body(headers: dict[str, str], signature: str) -> None:
    path, type_ = f"/json?bodySHA256={JSON_HASH}", "application/json"
    assert sha256(JSON.encode()).hexdigest() == JSON_HASH
    assert await status(JSON, signature, path, type_, **headers) == 200
    assert await status('{"a":2}', signature, path, type_, **headers) == 403
    assert await status(JSON, signature, "/json", type_, **headers) == 403
    other = path.replace(JSON_HASH, "0" * 64)
    assert await status(JSON, signature, other, type_, **headers) == 403


@pytest.mark.usefixtures("public_url")
async def test_the_vectors_are_hmac_and_nothing_else() -> None:
    text = f"{PUBLIC}{PATH}BodybrokenFrom+8613800138000MessageSidSM1".encode()
    assert base64.b64encode(hmac.digest(b"12345", text, "sha1")).decode() == SIGNED
