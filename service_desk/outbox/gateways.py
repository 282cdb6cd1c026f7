"""The gateway of each channel, with its connections."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct

from service_desk.outbox.gateway import Gateway
from service_desk.rules.messages.vocabulary import MESSAGE_CHANNELS, TEXT_CHANNELS
from service_desk.settings import Settings


class Gateways(Struct, frozen=True):
    """`by_channel`: gateways to the outside. `handset`: channels of the built-in handset.
    `paces`: the segments a second that the sender of a channel may send, where it is limited.

    The handset shows the outbox rows themselves (DESIGN §2.9): nothing leaves the database, and
    neither does e-mail without an SMTP_URL.
    """

    by_channel: dict[str, Gateway]
    handset: tuple[str, ...]
    paces: dict[str, float] = {}


_gateways: Gateways | None = None


@asynccontextmanager
async def open_gateways(settings: Settings) -> AsyncGenerator[Gateways]:
    """Run the gateways for the length of the block, in the running event loop."""
    global _gateways  # noqa: PLW0603 - one set of connections per process
    _gateways = _make(settings)
    try:
        yield _gateways
    finally:
        for gateway in _gateways.by_channel.values():
            await gateway.close()
        _gateways = None


def current_gateways() -> Gateways:
    assert _gateways is not None, "open_gateways() is not running"
    return _gateways


def webhook_url_rules(settings: Settings) -> dict[str, bool]:
    """Arguments for `check_url`: plain http and private networks only where the settings allow."""
    return {
        "plain_http": settings.demo,
        "private": settings.demo or settings.webhooks_allow_private,
    }


def paces(settings: Settings) -> dict[str, float]:
    """Twilio's limit for our sender, which also sends the replies in webhook responses."""
    if not settings.uses_twilio:
        return {}
    return dict.fromkeys(TEXT_CHANNELS, settings.twilio_messages_per_second)


def _make(settings: Settings) -> Gateways:
    from service_desk.outbox.webhook_gateway import WebhookGateway  # slow to import

    gateways: dict[str, Gateway] = {"webhook": WebhookGateway(**webhook_url_rules(settings))}
    if settings.uses_twilio:
        from service_desk.outbox.twilio_gateway import TwilioGateway  # slow to import
        from service_desk.outbox.whatsapp_gateway import WhatsAppGateway

        gateways |= {"sms": TwilioGateway(settings), "whatsapp": WhatsAppGateway(settings)}
    if settings.smtp_url:
        from service_desk.outbox.smtp_gateway import SmtpGateway

        gateways["email"] = SmtpGateway(settings.smtp_url)
    handset = tuple(channel for channel in MESSAGE_CHANNELS if channel not in gateways)
    return Gateways(by_channel=gateways, handset=handset, paces=paces(settings))
