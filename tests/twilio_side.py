"""What Twilio does: sign a webhook and send it."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from itertools import count
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator

from service_desk.settings import get_settings
from tests.factories import PHONE

_serial = count(1)

Params = Mapping[str, str | Sequence[str]]


class Fields(dict[str, str | Sequence[str]]):
    """Parameters, of which some may be repeated, as Twilio's validator reads them."""

    def getlist(self, name: str) -> list[str]:
        value = self[name]
        return [value] if isinstance(value, str) else list(value)


def new_sid(kind: str = "SM") -> str:
    return f"{kind}{next(_serial):032x}"


def signature(path: str, params: Params) -> str:
    return sign(get_settings().public_url + path, params, get_settings().webhook_key)


def sign(url: str, params: Params, key: str) -> str:
    validator = RequestValidator(key)
    return validator.compute_signature(url, Fields(params))  # pyright: ignore[reportUnknownMemberType] - untyped in twilio


async def post_signed(
    client: httpx.AsyncClient, path: str, params: Params, **headers: str
) -> httpx.Response:
    signed = {"X-Twilio-Signature": signature(path, params)} | headers
    return await client.post(
        path,
        content=urlencode(params, doseq=True),
        headers={"Content-Type": "application/x-www-form-urlencoded"} | signed,
    )


def sms(body: str, *, sender: str = PHONE, sid: str | None = None, **more: str) -> dict[str, str]:
    """The parameters of an incoming SMS, with some that we do not use."""
    sid = sid or new_sid()
    return {
        "ToCountry": "CN",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": body,
        "To": "+8675500000000",
        "MessageSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": sender,
        "ApiVersion": "2010-04-01",
    } | more


async def text_desk(client: httpx.AsyncClient, body: str, **fields: str) -> str:
    """Text the desk; what it answers."""
    response = await post_signed(client, "/webhooks/twilio/sms", sms(body, **fields))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/xml")
    return reply_text(response)


def reply_text(response: httpx.Response) -> str:
    """The words of a TwiML answer."""
    message = ET.fromstring(response.text).find("Message")
    return "" if message is None else message.text or ""


def number_in(answer: str) -> str:
    found = re.search(r"[0-9]{6,9}", answer)
    assert found, answer
    return found[0]
