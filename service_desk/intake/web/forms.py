"""What a form of a customer says, and that it counts once however often it is sent."""

from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException

from service_desk.errors import InvalidInput
from service_desk.rules.words.plain_text import strip_unstorable

Form = dict[str, str]

MAX_FORM_BYTES = 256 * 1024
# Filled in by robots only: people do not see it.
HONEYPOT = "homepage_2"


async def read_public_form(request: Request[Any, Any, Any]) -> Form:
    """The fields as text, without NUL and surrounding spaces; files are passed over."""
    try:
        fields = await request.form()
    except (ValueError, SerializationException) as error:
        raise InvalidInput("The form could not be read. Please send it again.") from error
    return {
        name: strip_unstorable(value).strip()
        for name, value in fields.items()
        if isinstance(value, str)
    }


def check_lengths(form: Form, limits: dict[str, int]) -> None:
    """Raises InvalidInput for the first field that is too long."""
    for field, most in limits.items():
        if len(form.get(field, "")) > most:
            raise InvalidInput("At most {most} characters.", field=field, most=most)
