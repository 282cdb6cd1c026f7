"""Reading the forms that customers fill in."""

from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException

from service_desk.errors import InvalidInput
from service_desk.rules.words.plain_text import strip_unstorable

PublicForm = dict[str, str]

MAX_FORM_BYTES = 256 * 1024
# A field that people do not see: only robots fill it in.
HONEYPOT = "homepage_2"


async def read_public_form(request: Request[Any, Any, Any]) -> PublicForm:
    """The text fields, without NUL and surrounding spaces; files are ignored."""
    try:
        fields = await request.form()
    except (ValueError, SerializationException) as error:
        raise InvalidInput("The form could not be read. Please send it again.") from error
    return {
        name: strip_unstorable(value).strip()
        for name, value in fields.items()
        if isinstance(value, str)
    }


def check_lengths(form: PublicForm, max_lengths: dict[str, int]) -> None:
    """Raises InvalidInput for the first field that is too long."""
    for field, max_length in max_lengths.items():
        if len(form.get(field, "")) > max_length:
            raise InvalidInput("At most {max} characters.", field=field, max=max_length)
