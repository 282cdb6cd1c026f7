"""Which way each channel leaves the house, and the connections for it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct

from service_desk.outbox.gateway import Gateway
from service_desk.settings import Settings

MESSAGE_CHANNELS = ("sms", "whatsapp", "email")
"""Channels to people."""


class Gateways(Struct, frozen=True):
    """`by_channel`: gateways to the world. `handset`: channels that the built-in handset takes.
    `pace`: how many segments a second a channel's sender may send, where somebody sets a limit.

    The handset shows outbox rows themselves (DESIGN §2.9): nothing leaves the database. E-mail
    without an SMTP_URL stays there likewise.
    """

    by_channel: dict[str, Gateway]
    handset: tuple[str, ...]
    pace: dict[str, float] = {}


_ways_out: Gateways | None = None


@asynccontextmanager
async def open_gateways(settings: Settings) -> AsyncGenerator[Gateways]:
    """Run the gateways for the length of the block, in the running event loop."""
    global _ways_out
    _ways_out = _make(settings)
    try:
        yield _ways_out
    finally:
        for gateway in _ways_out.by_channel.values():
            await gateway.close()
        _ways_out = None


def current_gateways() -> Gateways:
    assert _ways_out is not None, "open_gateways() is not running"
    return _ways_out


def webhook_url_rules(settings: Settings) -> dict[str, bool]:
    """Which addresses webhooks may go to: http, and our own network, only where it was said."""
    return {
        "plain_http": settings.demo,
        "private": settings.demo or settings.webhooks_allow_private,
    }


def paces(settings: Settings) -> dict[str, float]:
    """`Gateways.pace`: answers that go out with a webhook's response are of the same sender."""
    if not settings.uses_twilio:
        return {}
    return dict.fromkeys(("sms", "whatsapp"), settings.twilio_messages_per_second)


def _make(settings: Settings) -> Gateways:
    from service_desk.outbox.webhook_gateway import WebhookGateway  # aiohttp takes its time

    gateways: dict[str, Gateway] = {"webhook": WebhookGateway(**webhook_url_rules(settings))}
    if settings.uses_twilio:
        from service_desk.outbox.twilio_gateway import TwilioGateway  # 0.3 s to import
        from service_desk.outbox.whatsapp_gateway import WhatsAppGateway

        gateways |= {"sms": TwilioGateway(settings), "whatsapp": WhatsAppGateway(settings)}
    if settings.smtp_url:
        from service_desk.outbox.smtp_gateway import SmtpGateway

        gateways["email"] = SmtpGateway(settings.smtp_url)
    handset = tuple(channel for channel in MESSAGE_CHANNELS if channel not in gateways)
    return Gateways(by_channel=gateways, handset=handset, pace=paces(settings))
