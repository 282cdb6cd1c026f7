"""What a form of a customer says, and that it counts once however often it is sent."""

import re
import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import SerializationException

from service_desk.attachments.schemas import Upload
from service_desk.errors import InvalidInput
from service_desk.rules.plain_text import as_typed

Form = dict[str, str]

MOST_BYTES = 256 * 1024
# Filled in by robots only: people do not see it.
HONEYPOT = "homepage_2"
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The fields as text, without NUL and surrounding spaces; files are passed over."""
    try:
        fields = await request.form()
    except (ValueError, SerializationException) as error:
        raise InvalidInput("The form could not be read. Please send it again.") from error
    return {
        name: as_typed(value).strip() for name, value in fields.items() if isinstance(value, str)
    }


def new_nonce() -> str:
    """Goes into a form, and tells a second click from a second message."""
    return secrets.token_urlsafe(16)


def receipt_key(form: Mapping[str, str]) -> str:
    """Under which the form is taken in once; one without a nonce counts every time."""
    nonce = form.get("nonce", "")
    return f"web:{nonce if _NONCE.fullmatch(nonce) else new_nonce()}"


def said_key(form: Mapping[str, str], files: Iterable[Upload] = ()) -> str:
    """The same, of what the form says: one that was changed after a step back is another, and is
    taken in as well."""
    words = {name: value for name, value in form.items() if name != "nonce"}
    said = sha256(msgspec.json.encode(words, order="sorted"))
    for upload in files:
        said.update(sha256(upload.read()).digest())
    return f"{receipt_key(form)}:{said.hexdigest()[:32]}"


def check_lengths(form: Form, limits: dict[str, int]) -> None:
    """Raises InvalidInput for the first field that is too long."""
    for field, most in limits.items():
        if len(form.get(field, "")) > most:
            raise InvalidInput("At most {most} characters.", field=field, most=most)
