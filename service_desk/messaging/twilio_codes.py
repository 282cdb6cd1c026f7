"""What we and Twilio agreed on: where it reports to, and its error codes that mean something to us
(https://www.twilio.com/docs/api/errors)."""

STATUS_PATH = "/webhooks/twilio/sms-status"
RECIPIENT_OPTED_OUT = 21610

_IN_WORDS = {
    21211: "the number is not valid",
    21408: "sending to that region is not allowed",
    21610: "the recipient has opted out",
    21614: "the number cannot receive SMS",
    30003: "the phone is off or out of reach",
    30004: "the message was blocked",
    30005: "there is no such phone",
    30006: "a landline, or a carrier that cannot be reached",
    30007: "the carrier took it for spam",
    30008: "the carrier does not say why",
    63016: "outside WhatsApp's 24 hours",
    63024: "not a WhatsApp number",
}


def explained(code: int) -> str:
    """For the agent: the code, and what it means where we know."""
    words = _IN_WORDS.get(code)
    return f"Twilio error {code}: {words}" if words else f"Twilio error {code}"
