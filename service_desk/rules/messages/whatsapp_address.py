"""WhatsApp addresses in Twilio's form: whatsapp:+8613800138000."""

PREFIX = "whatsapp:"


def to_address(phone: str) -> str:
    """From an E.164 number; an address is returned unchanged."""
    return phone if phone.startswith(PREFIX) else PREFIX + phone


def phone_from_address(address: str) -> str | None:
    """The number in a WhatsApp address, unchanged; None for any other sender."""
    return address.removeprefix(PREFIX) if address.startswith(PREFIX) else None
