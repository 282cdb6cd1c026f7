"""Only Twilio may call a webhook, or anyone else with the key (DESIGN §4).

The signature is over the exact public URL and every parameter, known or not, blank or repeated:
https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from functools import cache
from typing import Any, cast
from urllib.parse import parse_qs

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from prometheus_client import Counter
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,  # pyright: ignore[reportUnknownVariableType] - untyped in twilio
)

from service_desk.errors import NotAllowed
from service_desk.intake.twilio.form import SignedForm, read_webhook_form
from service_desk.settings import get_settings
from service_desk.web.metrics import REGISTRY

REFUSED = Counter("desk_webhooks_refused", "Webhooks without a valid signature", registry=REGISTRY)


async def signed_by_twilio(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """A guard: 403 unless signed with the desk's key. Only a counter remembers the attempt."""
    request = cast("Request[Any, Any, Any]", connection)  # which guards of HTTP routes get
    if not await is_signed(request):
        REFUSED.inc()
        raise NotAllowed(
            "This webhook is not signed with this desk's key for the address it was sent to. "
            "PUBLIC_URL must be the address that Twilio calls, and TWILIO_AUTH_TOKEN its key."
        )


async def is_signed(request: Request[Any, Any, Any]) -> bool:
    signature = request.headers.get(SIGNATURE_HEADER, "")
    settings = request.headers.get(SIGNATURE_SETTINGS_HEADER, "")
    algorithm = str(get_signature_algorithm(settings)).upper()
    if not signature or algorithm not in (HMAC_SHA1, HMAC_SHA256):
        return False
    params = await _signed_params(request)
    if params is None:
        return False
    validator = _validator(get_settings().webhook_key)
    valid = cast(
        object,
        validator.validate(  # pyright: ignore[reportUnknownMemberType] - untyped in twilio
            public_address(request), params, signature, algorithm
        ),
    )
    return valid is True


def public_address(request: Request[Any, Any, Any]) -> str:
    """The URL that Twilio called: PUBLIC_URL, then path and query as sent. A proxy may have changed
    `request.url`."""
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return get_settings().public_url.rstrip("/") + path + (f"?{query}" if query else "")


async def _signed_params(request: Request[Any, Any, Any]) -> SignedForm | str | None:
    """What the signature covers besides the URL; None if it does not cover the body.

    A body that is not a form is covered by its hash in the URL: without the hash it could be
    anything.
    """
    media_type, _ = request.content_type
    if media_type in ("", "application/x-www-form-urlencoded"):
        return await read_webhook_form(request)
    query = parse_qs(request.scope["query_string"].decode("latin-1"))
    if len(set(query.get("bodySHA256", ()))) != 1:
        return None
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError:
        return None


@cache
def _validator(key: str) -> RequestValidator:
    return RequestValidator(key)
