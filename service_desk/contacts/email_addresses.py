"""E-mail addresses in the form we store, by the library email-validator."""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

from service_desk.errors import InvalidInput

MAX_LENGTH = 254
# Names like desk.local and mail.test are of somebody's own network, which a desk may write to.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def to_email(text: str, *, field: str = "email") -> str:
    """One address, in lower case. Only its shape is checked: whether it exists is known only after
    sending. Raises InvalidInput."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    try:
        found = validate_email(plain, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise _invalid(text, field) from error
    email = found.normalized.lower()
    if "." not in found.ascii_domain or len(email) > MAX_LENGTH:
        raise _invalid(text, field)
    return email


def to_email_or_none(text: str | None, *, field: str = "email") -> str | None:
    """As `to_email`; None for a field that is empty or missing."""
    return to_email(text, field=field) if text and text.strip() else None


def _invalid(text: str, field: str) -> InvalidInput:
    return InvalidInput(
        "{email} is not an e-mail address; it should look like name@example.com.",
        field=field,
        email=text.strip()[:MAX_LENGTH],
    )
