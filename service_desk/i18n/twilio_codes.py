"""The path of Twilio's delivery reports, and the error codes that we explain
(https://www.twilio.com/docs/api/errors)."""

from service_desk.i18n.translate import N_

STATUS_PATH = "/webhooks/twilio/sms-status"
RECIPIENT_OPTED_OUT = 21610

_ERRORS = {
    21211: N_("the number is not valid"),
    21408: N_("sending to that region is not allowed"),
    21610: N_("the recipient has opted out"),
    21614: N_("the number cannot receive SMS"),
    30003: N_("the phone is off or out of reach"),
    30004: N_("the message was blocked"),
    30005: N_("there is no such phone"),
    30006: N_("a landline, or a carrier that cannot be reached"),
    30007: N_("the carrier took it for spam"),
    30008: N_("the carrier does not say why"),
    63016: N_("outside WhatsApp's 24 hours"),
    63024: N_("not a WhatsApp number"),
}


def describe_error(code: int) -> str:
    """For the outbox: the code, and its meaning if we know it."""
    meaning = meaning_of(code)
    return f"Twilio error {code}: {meaning}" if meaning else f"Twilio error {code}"


def meaning_of(code: int) -> str | None:
    """In English, to be translated."""
    return _ERRORS.get(code)
