"""TwiML answers, built by Twilio's library."""

from litestar import Response
from twilio.twiml import TwiML
from twilio.twiml.messaging_response import MessagingResponse

from service_desk.i18n.twilio_codes import STATUS_PATH
from service_desk.idempotency.text_answers import OUTBOX_ID
from service_desk.settings import get_settings

EMPTY_RESPONSE = str(MessagingResponse())


def sms_response(said: str) -> str:
    """TwiML that texts `said` back, and has it reported what became of that.

    OUTBOX_ID stands where the row's id goes: Twilio alone knows the MessageSid of such a text.
    https://www.twilio.com/docs/messaging/twiml/message
    """
    report_to = f"{get_settings().public_url.rstrip('/')}{STATUS_PATH}?outbox={OUTBOX_ID}"
    response = MessagingResponse()
    response.message(said, status_callback=report_to)  # pyright: ignore[reportUnknownMemberType]
    return str(response)


def xml_response(twiml: TwiML | str) -> Response[str]:
    return Response(str(twiml), status_code=200, media_type="text/xml")
