"""A webhook as Twilio sends it: form-encoded, signed, through the whole application."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from litestar import Litestar
from twilio.request_validator import RequestValidator

from service_desk.attachments.media_hosts import DEMO_ACCOUNT
from service_desk.settings import get_settings

TIMEOUT_SECONDS = 15  # as Twilio's


async def post_signed(app: Litestar, path: str, fields: Mapping[str, str]) -> str:
    """The response, TwiML or nothing. `path`: with its query. Raises httpx.HTTPError."""
    public_url = get_settings().public_url.rstrip("/")
    params = {"AccountSid": DEMO_ACCOUNT, "ApiVersion": "2010-04-01", **fields}
    transport: Any = httpx.ASGITransport(app)  # pyright: ignore[reportArgumentType] - httpx types a scope as a plain dict
    async with httpx.AsyncClient(
        transport=transport, base_url=public_url, timeout=TIMEOUT_SECONDS
    ) as client:
        response = await client.post(
            path,
            content=urlencode(params),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": _signature(public_url + path, params),
            },
        )
    response.raise_for_status()
    return response.text


def path_of(url: str) -> str:
    """Path and query of a URL of the desk's own."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _signature(url: str, params: Mapping[str, str]) -> str:
    validator = RequestValidator(get_settings().webhook_key)
    return str(validator.compute_signature(url, params))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - untyped in twilio
