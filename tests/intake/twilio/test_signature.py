import base64
import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from litestar import Litestar, Request, post

from service_desk.database import fetch_value
from service_desk.http.problems import EXCEPTION_HANDLERS
from service_desk.intake.twilio.form import MAX_FIELDS, read_webhook_form
from service_desk.intake.twilio.signature import signed_by_twilio
from service_desk.settings import get_settings
from service_desk.web.metrics import REGISTRY
from tests.in_process import client_of
from tests.twilio_side import post_signed, sign, signature, sms

WEBHOOK = "/webhooks/twilio/sms"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_twilios_own_vector() -> None:
    """https://www.twilio.com/docs/usage/security: the example that all its libraries test with."""
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(url, params, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def refused() -> float:
    return REGISTRY.get_sample_value("desk_webhooks_refused_total") or 0


async def test_unsigned_is_refused_and_only_counted(client: httpx.AsyncClient) -> None:
    before = refused()
    for headers in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "bm8="}):
        response = await client.post(WEBHOOK, data=sms("broken"), headers=headers)
        assert response.status_code == 403
    assert refused() == before + 3
    assert f"desk_webhooks_refused_total {before + 3}" in (await client.get("/metrics")).text
    assert await fetch_value("SELECT count(*) FROM inbound_receipt") == 0
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


async def test_every_parameter_is_covered(client: httpx.AsyncClient) -> None:
    params = sms("broken")
    good = signature(WEBHOOK, params)
    for changed in (
        params | {"Body": "other"},
        params | {"Extra": "1"},
        params | {"Extra": ""},
        {name: value for name, value in params.items() if name != "ToCountry"},
    ):
        sent = urlencode(changed)
        response = await client.post(
            WEBHOOK, content=sent, headers=FORM | {"X-Twilio-Signature": good}
        )
        assert response.status_code == 403, changed


async def test_the_address_is_covered(client: httpx.AsyncClient) -> None:
    params = sms("broken")
    for path in (f"{WEBHOOK}?x=1", "/webhooks/twilio/sms-status"):
        response = await client.post(
            path,
            content=urlencode(params),
            headers=FORM | {"X-Twilio-Signature": signature(WEBHOOK, params)},
        )
        assert response.status_code == 403


async def test_the_public_address_counts_not_the_one_that_was_reached(
    client: httpx.AsyncClient,
) -> None:
    params = sms("broken")
    headers = FORM | {"Host": "10.0.0.7:8000", "X-Forwarded-Host": "evil.example"}
    response = await client.post(
        WEBHOOK,
        content=urlencode(params),
        headers=headers | {"X-Twilio-Signature": signature(WEBHOOK, params)},
    )
    assert response.status_code == 200


async def test_the_query_is_signed_exactly_as_sent(client: httpx.AsyncClient) -> None:
    path = f"{WEBHOOK}?q={quote('a b/汉', safe='')}&e=&e=2"
    assert (await post_signed(client, path, sms("broken"))).status_code == 200


async def test_sha256_is_understood(client: httpx.AsyncClient) -> None:
    """What Twilio sends for webhooks signed with a shared key."""
    params = sms("broken")
    text = get_settings().public_url + WEBHOOK
    text += "".join(name + params[name] for name in sorted(params))
    key = get_settings().webhook_key.encode()
    signed = base64.b64encode(hmac.new(key, text.encode(), sha256).digest()).decode()
    header = "X-Twilio-Webhooks-Signature-Settings"
    for value, status in (
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", 200),
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA1", 403),
        ("key=webhooks_sharedkey_1,algorithm=HMAC_MD5", 403),
        ("", 403),
    ):
        response = await client.post(
            WEBHOOK,
            content=urlencode(params),
            headers=FORM | {"X-Twilio-Signature": signed, header: value},
        )
        assert response.status_code == status, value


async def test_default_ports_do_not_matter(client: httpx.AsyncClient) -> None:
    """Twilio is not consistent in whether it signs the port."""
    params = sms("broken")
    with_port = "http://desk.test:80" + WEBHOOK
    signed = sign(with_port, params, get_settings().webhook_key)
    response = await client.post(
        WEBHOOK, content=urlencode(params), headers=FORM | {"X-Twilio-Signature": signed}
    )
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["sms-status", "voice", "voice/menu", "voice/recording",
                                  "voice/transcription", "voice/status"])  # fmt: skip
async def test_every_webhook_wants_a_signature(client: httpx.AsyncClient, path: str) -> None:
    response = await client.post(f"/webhooks/twilio/{path}", data={"CallSid": "CA1"})
    assert response.status_code == 403


async def test_too_many_parameters_are_refused(client: httpx.AsyncClient) -> None:
    params = {f"p{place}": "x" for place in range(MAX_FIELDS + 1)}
    response = await post_signed(client, WEBHOOK, params)
    assert response.status_code == 400
    assert str(MAX_FIELDS) in response.json()["detail"]


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    assert (await post_signed(client, WEBHOOK, sms("x" * 70_000))).status_code == 413


@post("/json", guards=[signed_by_twilio])
async def take_json(request: Request[Any, Any, Any]) -> str:
    return (await request.body()).decode()


@post("/form", guards=[signed_by_twilio])
async def take_form(request: Request[Any, Any, Any]) -> list[str]:
    return (await read_webhook_form(request)).getall("a")


APP = Litestar([take_json, take_form], exception_handlers=EXCEPTION_HANDLERS)


async def test_a_json_body_is_covered_by_its_hash() -> None:
    body = '{"said": "broken 坏"}'
    right = sha256(body.encode()).hexdigest()
    async with client_of(APP, get_settings().public_url) as client:
        for query, sent, status in (
            (f"?bodySHA256={right}", body, 201),
            (f"?bodySHA256={right}&bodySHA256={right}", body, 201),
            (f"?bodySHA256={right}", body + " ", 403),
            (f"?bodySHA256={right}&bodySHA256={'0' * 64}", body, 403),
            ("?bodySHA256=", body, 403),
            ("", body, 403),
        ):
            response = await client.post(
                f"/json{query}",
                content=sent.encode(),
                headers={
                    "Content-Type": "application/json",
                    "X-Twilio-Signature": signature(f"/json{query}", {}),
                },
            )
            assert response.status_code == status, query


async def test_a_body_of_another_kind_without_a_hash_is_refused() -> None:
    async with client_of(APP, get_settings().public_url) as client:
        response = await client.post(
            "/json",
            content=b"\xff\xfe",
            headers={
                "Content-Type": "text/plain",
                "X-Twilio-Signature": signature("/json", {}),
            },
        )
    assert response.status_code == 403


async def test_repeated_parameters_are_kept_and_covered() -> None:
    async with client_of(APP, get_settings().public_url) as client:
        response = await post_signed(client, "/form", {"a": ["2", "1", "2"], "b": ""})
        assert response.json() == ["2", "1", "2"]
        response = await client.post(
            "/form",
            content="a=2&a=1&a=3&b=",
            headers=FORM | {"X-Twilio-Signature": signature("/form", {"a": ["2", "1"], "b": ""})},
        )
        assert response.status_code == 403
