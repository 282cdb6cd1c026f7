"""The gateway of each channel, with its connections."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from msgspec import Struct, field

from service_desk.outbox.gateways.gateway import Gateway
from service_desk.outbox.gateways.missing_gateways import missing_gateways
from service_desk.rules.messages.vocabulary import (
    MESSAGE_CHANNELS,
    TEXT_CHANNELS,
    MessageChannel,
    OutboxChannel,
)
from service_desk.settings import Settings

CLOSING_SECONDS = 5  # for sends in flight; what is cut off has an unknown outcome

log = structlog.get_logger()


class Gateways(Struct, frozen=True):
    """`by_channel`: gateways to the outside. `handset`: channels of the built-in handset, in demo
    mode. `paces`: the segments a second that the sender of a channel may send, where it is limited.
    `in_flight`: sends that nobody waits for any more.

    The handset shows the outbox rows themselves (DESIGN §2.9): nothing leaves the database. A
    channel with neither has its messages wait.
    """

    by_channel: dict[str, Gateway]
    handset: tuple[str, ...]
    paces: dict[str, float] = {}
    in_flight: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])


_gateways: Gateways | None = None


@asynccontextmanager
async def open_gateways(settings: Settings) -> AsyncGenerator[Gateways]:
    """Run the gateways for the length of the block, in the running event loop."""
    global _gateways  # noqa: PLW0603 - one set of connections per process
    _gateways = _make(settings)
    try:
        yield _gateways
    finally:
        await _end_sends(_gateways.in_flight)
        for gateway in _gateways.by_channel.values():
            await gateway.close()
        _gateways = None


async def _end_sends(in_flight: set[asyncio.Task[None]]) -> None:
    if not in_flight:
        return
    _, cut_off = await asyncio.wait(in_flight, timeout=CLOSING_SECONDS)
    for task in cut_off:
        task.cancel()
    await asyncio.gather(*cut_off, return_exceptions=True)


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
    from service_desk.outbox.gateways.webhook_gateway import WebhookGateway  # slow to import

    gateways: dict[str, Gateway] = {"webhook": WebhookGateway(**webhook_url_rules(settings))}
    missing = missing_gateways(settings)
    for one in missing:
        log.error("nothing can be sent", channels=one.channels, why=one.why)
    waiting = {channel for one in missing for channel in one.channels}
    handset: tuple[MessageChannel, ...] = ()
    if settings.demo:
        taken = ("email",) if settings.smtp_url else ()
        handset = tuple(one for one in MESSAGE_CHANNELS if one not in taken)
    for channel in MESSAGE_CHANNELS:
        if channel not in waiting and channel not in handset:
            gateways[channel] = _gateway(channel, settings)
    return Gateways(by_channel=gateways, handset=handset, paces=paces(settings))


def _gateway(channel: OutboxChannel, settings: Settings) -> Gateway:
    """Each is slow to import."""
    if channel == "email":
        from service_desk.outbox.gateways.smtp_gateway import SmtpGateway

        return SmtpGateway(settings.smtp_url)
    if channel == "whatsapp":
        from service_desk.outbox.gateways.twilio_gateway import WhatsAppGateway

        return WhatsAppGateway(settings)
    from service_desk.outbox.gateways.twilio_gateway import TwilioGateway

    return TwilioGateway(settings)
