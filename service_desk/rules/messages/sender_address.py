"""Senders as Twilio names them: +8613800138000, whatsapp:+8613800138000, rcs:+8613800138000,
messenger:1234567890."""

from msgspec import Struct

from service_desk.rules.messages.vocabulary import TextChannel

WHATSAPP = "whatsapp:"
RCS = "rcs:"  # the phone's own messages, by the data network: the number is that of SMS
MESSENGER = "messenger:"


class SenderAddress(Struct, frozen=True):
    """`address`: a phone number, or whatever else the sender has; `channel`: by which they are
    written to later. RCS has no channel of its own: the same phone gets SMS."""

    address: str
    channel: TextChannel


def read_address(address: str) -> SenderAddress:
    if address.startswith(WHATSAPP):
        return SenderAddress(address.removeprefix(WHATSAPP), "whatsapp")
    return SenderAddress(address.removeprefix(RCS), "sms")


def to_whatsapp(phone: str) -> str:
    """The address of an E.164 number there; an address is returned unchanged."""
    return phone if phone.startswith(WHATSAPP) else WHATSAPP + phone


def to_messenger(page: str) -> str:
    """The address of our page there; an address is returned unchanged."""
    return page if page.startswith(MESSENGER) else MESSENGER + page


def takes_replies(handle: str | None) -> bool:
    """Whether a sender without a phone number gets what the webhook's response says. A short code
    or a name does not; whoever writes by Messenger does."""
    return handle is not None and handle.startswith(MESSENGER)
