"""Which way each channel leaves the house, and the connections for it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct

from service_desk.messaging.gateway import Gateway
from service_desk.settings import Settings


class WaysOut(Struct, frozen=True):
    """`by_channel`: gateways to the world. `handset`: channels that the built-in handset takes.

    The handset shows outbox rows themselves (DESIGN §2.9): nothing leaves the database. E-mail
    without an SMTP_URL stays there likewise.
    """

    by_channel: dict[str, Gateway]
    handset: tuple[str, ...]


_ways_out: WaysOut | None = None


@asynccontextmanager
async def open_gateways(settings: Settings) -> AsyncGenerator[WaysOut]:
    """Run the gateways for the length of the block, in the running event loop."""
    global _ways_out  # noqa: PLW0603 - one set of connections per process
    _ways_out = _make(settings)
    try:
        yield _ways_out
    finally:
        for gateway in _ways_out.by_channel.values():
            await gateway.close()
        _ways_out = None


def ways_out() -> WaysOut:
    assert _ways_out is not None, "open_gateways() is not running"
    return _ways_out


def _make(settings: Settings) -> WaysOut:
    gateways: dict[str, Gateway] = {}
    if settings.sends_by_twilio:
        from service_desk.messaging.twilio_gateway import TwilioGateway  # 0.3 s to import

        gateways["sms"] = TwilioGateway(settings)
    if settings.smtp_url:
        from service_desk.messaging.smtp_gateway import SmtpGateway

        gateways["email"] = SmtpGateway(settings.smtp_url)
    handset = tuple(channel for channel in ("sms", "email") if channel not in gateways)
    return WaysOut(by_channel=gateways, handset=handset)
