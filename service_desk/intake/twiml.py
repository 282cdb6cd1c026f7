"""TwiML answers, built by Twilio's library."""

from litestar import Response
from twilio.twiml import TwiML
from twilio.twiml.messaging_response import MessagingResponse


def sms_answer(said: str | None) -> str:
    """TwiML that texts `said` back, or says nothing."""
    response = MessagingResponse()
    if said:
        response.message(said)  # pyright: ignore[reportUnknownMemberType]
    return str(response)


def as_response(twiml: TwiML | str) -> Response[str]:
    return Response(str(twiml), status_code=200, media_type="text/xml")
