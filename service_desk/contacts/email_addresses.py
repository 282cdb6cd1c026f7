"""E-mail addresses in the form we store, by the library email-validator."""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

from service_desk.errors import InvalidInput
from service_desk.rules.words.plain_text import is_blank

MAX_LENGTH = 254
MAX_LOCAL_PART = 64  # bytes (RFC 5321, 4.5.3.1.1)
MIN_LAST_LABEL = 2
# Names like desk.local and mail.test are of somebody's own network, which a desk may write to.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def to_email(text: str, *, field: str = "email") -> str:
    """One address, in lower case. Only its shape is checked: whether it exists is known only after
    sending. Raises InvalidInput."""
    plain = _without_invisible_ends(unicodedata.normalize("NFKC", text)).lower()
    try:
        found = validate_email(plain, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise _invalid(text, field) from error
    email = found.normalized.lower()
    _, _, last = found.ascii_domain.rpartition(".")
    if (
        "." not in found.ascii_domain
        or len(last) < MIN_LAST_LABEL
        or last.isdecimal()
        or len(found.local_part.encode()) > MAX_LOCAL_PART
        or len(email) > MAX_LENGTH
    ):
        raise _invalid(text, field)
    return email


def to_email_or_none(text: str | None, *, field: str = "email") -> str | None:
    """As `to_email`; None for a field that is empty or missing."""
    return to_email(text, field=field) if text and not is_blank(text) else None


def _without_invisible_ends(text: str) -> str:
    """Copying from a page brings marks along that nobody sees, such as U+200B and U+FEFF."""
    visible = [place for place, one in enumerate(text) if not is_blank(one)]
    return text[visible[0] : visible[-1] + 1] if visible else ""


def _invalid(text: str, field: str) -> InvalidInput:
    return InvalidInput(
        "{email} is not an e-mail address; it should look like name@example.com.",
        field=field,
        email=text.strip()[:MAX_LENGTH],
    )
