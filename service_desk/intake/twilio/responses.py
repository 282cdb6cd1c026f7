"""TwiML as a response. Apart from twiml.py, which what writes may import: this knows of the web."""

from litestar import Response
from twilio.twiml import TwiML


def xml_response(twiml: TwiML | str) -> Response[str]:
    return Response(str(twiml), status_code=200, media_type="text/xml")
