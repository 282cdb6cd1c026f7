"""An incoming text, and the automatic reply to it."""

from datetime import datetime
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from service_desk.attachments.schemas import NewAttachment
from service_desk.rules.messages.sender_address import takes_replies
from service_desk.rules.messages.vocabulary import TextChannel
from service_desk.rules.tickets.numbers import FoundNumbers, find_numbers
from service_desk.self_service.senders import Sender
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text


class IncomingText(Struct, frozen=True, dict=True):
    """A text as the carrier delivered it; `body` without NUL, which cannot be stored.

    `provider_id`: Twilio's MessageSid. `address`: the sender as the carrier wrote it. `phone`:
    E.164, None if the address is no phone number: then there is nobody to reply to. `handle`: the
    short code or name that such a sender has instead. `name`: what the sender calls themselves,
    if the channel says. `opt_out_type`: the keyword (STOP, START, HELP) that Twilio's own opt-out
    handling recognised and has answered. `quoted_id`: MessageSid of the message it quotes;
    `quoted`: the number of the ticket which that is on, once known.
    """

    provider_id: str
    address: str
    phone: str | None
    body: str
    attachments: tuple[NewAttachment, ...]
    received_at: datetime
    channel: TextChannel = "sms"
    name: str = ""
    handle: str | None = None
    opt_out_type: str | None = None
    quoted_id: str | None = None
    quoted: str | None = None

    @property
    def key(self) -> str:
        """The same for every delivery of this text."""
        return f"{self.channel}:{self.provider_id}"

    @property
    def contact(self) -> str:
        """The sender, the same by every channel."""
        return self.phone or self.address

    @cached_property
    def numbers(self) -> FoundNumbers:
        """A number in the text comes before the ticket it quotes."""
        found = find_numbers(self.body)
        return replace(found, valid=(*found.valid, self.quoted)) if self.quoted else found

    @property
    def answerable(self) -> bool:
        """Whether the sender gets the reply in the webhook's response."""
        return self.phone is not None or takes_replies(self.handle)


class AutoReply(Struct, frozen=True):
    """`ticket`: id of the ticket it is about. `compulsory`: sent even to a customer who has opted
    out, as the replies to STOP, START and HELP are."""

    body: str
    ticket: int | None = None
    compulsory: bool = False


def auto_reply(
    sender: Sender,
    name: str,
    *,
    ticket: int | None = None,
    compulsory: bool = False,
    **values: object,
) -> AutoReply:
    """The automatic text `name` in the sender's language."""
    return AutoReply(render_text(name, sender.locale, **values), ticket, compulsory)


def tracking_link(token: str) -> str:
    return f"{get_settings().public_url.rstrip('/')}/t/{token}"
