"""WhatsApp addresses as Twilio writes them: whatsapp:+8613800138000."""

PREFIX = "whatsapp:"


def to_address(phone: str) -> str:
    """Of an E.164 number; one that is an address already stays so."""
    return phone if phone.startswith(PREFIX) else PREFIX + phone


def phone_from_address(address: str) -> str | None:
    """The number in a WhatsApp address, as it stands there; None for any other sender."""
    return address.removeprefix(PREFIX) if address.startswith(PREFIX) else None
