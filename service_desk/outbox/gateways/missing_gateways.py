"""Channels by which this desk cannot send, and what it lacks (DESIGN §2.9)."""

from msgspec import Struct

from service_desk.outbox.gateways.smtp_address import parse_smtp_url
from service_desk.rules.messages.vocabulary import TEXT_CHANNELS, MessageChannel
from service_desk.settings import Settings, SettingsError, get_settings


class MissingGateway(Struct, frozen=True):
    """`why`: what is missing, and what to do, for the operator."""

    channels: tuple[MessageChannel, ...]
    setting: str
    why: str


def missing_gateways(settings: Settings) -> list[MissingGateway]:
    """In demo mode the handset takes what has no gateway."""
    found = [_missing_texts(settings), _missing_email(settings)]
    return [one for one in found if one is not None]


def channels_without_gateway() -> list[MessageChannel]:
    """A message that is written now has to wait there."""
    return [channel for one in missing_gateways(get_settings()) for channel in one.channels]


def _missing_texts(settings: Settings) -> MissingGateway | None:
    if settings.demo:
        return None
    if not settings.uses_twilio:
        return MissingGateway(
            TEXT_CHANNELS,
            "SMS",
            "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: until then it waits",
        )
    if not (settings.twilio_from or settings.twilio_messaging_service_sid):
        why = "set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID: until then no SMS can go out"
        return MissingGateway(("sms",), "TWILIO_FROM", why)
    return None


def _missing_email(settings: Settings) -> MissingGateway | None:
    if not settings.smtp_url:
        missing = MissingGateway(("email",), "e-mail", "set SMTP_URL: until then it waits")
        return None if settings.demo else missing
    try:
        parse_smtp_url(settings.smtp_url)
    except SettingsError as error:
        return MissingGateway(("email",), "SMTP_URL", str(error))
    return None
