"""E-mail addresses in the form we store."""

from service_desk.errors import InvalidInput


def to_email(text: str, *, field: str = "email") -> str:
    """`text` in lower case. Only its shape is checked: whether the address exists is known only
    after sending. Raises InvalidInput."""
    email = text.strip().lower()
    if "@" not in email[1:-1] or any(character.isspace() for character in email):
        raise InvalidInput(
            "{email} is not an e-mail address; it should look like name@example.com.",
            field=field,
            email=email,
        )
    return email


def to_email_or_none(text: str | None) -> str | None:
    """As `to_email`; None for a field that is empty or missing."""
    return to_email(text) if text and text.strip() else None
