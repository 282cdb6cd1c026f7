"""E-mail addresses in the one form we keep them in."""

from service_desk.errors import InvalidInput


def to_email(text: str, *, field: str = "email") -> str:
    """`text` in lower case. Only its shape is checked: whether it exists, only sending tells.

    Raises InvalidInput.
    """
    email = text.strip().lower()
    if "@" not in email[1:-1] or any(character.isspace() for character in email):
        raise InvalidInput(
            "{email} is not an e-mail address; it should look like name@example.com.",
            field=field,
            email=email,
        )
    return email
