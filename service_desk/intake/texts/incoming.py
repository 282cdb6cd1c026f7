"""A text that came in, who sent it, and the answer it gets."""

from datetime import datetime
from functools import cached_property
from typing import Literal

from msgspec import Struct

from service_desk.attachments.schemas import NewAttachment
from service_desk.rules.tickets.numbers import FoundNumbers, find_numbers
from service_desk.rules.words.languages import language_of
from service_desk.self_service.senders import Sender
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text


class IncomingText(Struct, frozen=True, dict=True):
    """A text as the carrier gave it to us. `phone`: E.164, None if the sender is no number: then
    nobody can write back to them. `handle`: the short code or name that such a sender has instead.

    `name`: what the sender calls themselves, where the channel tells. `answered_elsewhere`: the
    keyword (STOP, START, HELP) that Twilio's own opt-out handling saw and has answered.
    """

    sid: str
    sender: str
    phone: str | None
    body: str
    attachments: tuple[NewAttachment, ...]
    at: datetime
    channel: Literal["sms", "whatsapp"] = "sms"
    name: str = ""
    handle: str | None = None
    answered_elsewhere: str | None = None

    @property
    def key(self) -> str:
        """The same for every repetition of this text."""
        return f"{self.channel}:{self.sid}"

    @property
    def contact(self) -> str:
        """Who sent it, by whichever channel."""
        return self.phone or self.sender

    @cached_property
    def numbers(self) -> FoundNumbers:
        return find_numbers(self.body)


class AutoReply(Struct, frozen=True):
    """What is texted back, and the id of the ticket it is about.

    `compulsory`: to STOP, START and HELP, said also to who has opted out.
    """

    said: str
    ticket: int | None = None
    compulsory: bool = False


class TextContext(Struct, frozen=True):
    """The text with its sender, None for a first contact, in the language to answer in."""

    text: IncomingText
    sender: Sender | None

    @property
    def locale(self) -> str:
        if self.sender is not None:
            return self.sender.locale
        return language_of(self.text.body, get_settings().locale)

    def answer(
        self, name: str, *, ticket: int | None = None, compulsory: bool = False, **values: object
    ) -> AutoReply:
        """The automatic text of that name, in the customer's language."""
        return AutoReply(render_text(name, self.locale, **values), ticket, compulsory)


def tracking_link(token: str) -> str:
    return f"{get_settings().public_url.rstrip('/')}/t/{token}"
