"""TwiML that replies to texts, built by Twilio's library. That of calls: calls/menu.py."""

from twilio.twiml.messaging_response import MessagingResponse

from service_desk.i18n.twilio_codes import STATUS_PATH
from service_desk.idempotency.text_replies import OUTBOX_ID
from service_desk.settings import get_settings

EMPTY_RESPONSE = str(MessagingResponse())


def sms_response(body: str) -> str:
    """TwiML that replies with `body` and asks for delivery reports.

    OUTBOX_ID is a placeholder for the id of the outbox row, by which reports are matched: Twilio
    does not tell us the MessageSid of a reply sent this way.
    https://www.twilio.com/docs/messaging/twiml/message
    """
    callback = f"{get_settings().public_url.rstrip('/')}{STATUS_PATH}?outbox={OUTBOX_ID}"
    response = MessagingResponse()
    response.message(body, status_callback=callback)  # pyright: ignore[reportUnknownMemberType] - untyped in twilio
    return str(response)
