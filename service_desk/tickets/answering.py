"""Say something to a ticket's customer: a message on the ticket and a row in the outbox."""

from datetime import datetime
from typing import Literal

import msgspec

from service_desk.database import fetch_value
from service_desk.errors import InvalidInput
from service_desk.outbox.queue import queue_message
from service_desk.rules.messages.whatsapp_session import session_open
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text

Via = Literal["sms", "whatsapp", "email"]
OutgoingChannel = Literal["sms", "whatsapp", "email", "web"]
TEXT_CHANNELS = ("sms", "whatsapp")
MAX_TEXT_LENGTH = 1600  # characters; carriers refuse longer ones


class CustomerRecipient(msgspec.Struct, frozen=True):
    """The customer of a ticket, as somebody to write to."""

    ticket: int
    number: str
    token: str
    locale: str
    phone: str | None
    email: str | None
    whatsapp_at: datetime | None = None  # when they last wrote there


class SentMessage(msgspec.Struct, frozen=True):
    """The message's id, and how it goes out: "web" is only seen on the tracking page."""

    message: int
    via: OutgoingChannel


async def send_automatic_message(
    to: CustomerRecipient, name: str, *, purpose: str, now: datetime, **values: object
) -> SentMessage:
    """The automatic text of that name, in the customer's language, worded for its way: who gets an
    e-mail cannot text back."""
    way = await _choose_route(to, None, now)
    worded = name if way[0] in TEXT_CHANNELS else f"email_{name}"
    return await _send(to, way, _text(to, worded, **values), purpose, now)


async def send_message(
    to: CustomerRecipient,
    body: str,
    *,
    purpose: str,
    now: datetime,
    via: Via | None = None,
    author: int | None = None,
) -> SentMessage:
    """Write the message and queue it, in the caller's transaction. Without author: automatic.

    Without `via` it goes by WhatsApp if the customer wrote there last and its 24 hours are not
    over, else by SMS, else by e-mail. Raises InvalidInput if `via` asks for a contact that the
    customer has not given, or for WhatsApp after its 24 hours.
    """
    return await _send(to, await _choose_route(to, via, now), body, purpose, now, author)


async def _send(
    to: CustomerRecipient,
    way: tuple[OutgoingChannel, str],
    body: str,
    purpose: str,
    now: datetime,
    author: int | None = None,
) -> SentMessage:
    channel, recipient = way
    if channel in TEXT_CHANNELS and len(body) > MAX_TEXT_LENGTH:
        raise InvalidInput(
            "A text holds {most} characters at most; this one has {length}. Shorten it, or write "
            "by e-mail.",
            field="body",
            most=MAX_TEXT_LENGTH,
            length=len(body),
        )
    message = await fetch_value(
        "INSERT INTO message (ticket, direction, visibility, channel, author, automatic, body, "
        "at) VALUES ($1, 'out', 'public', $2, $3, $4, $5, $6) RETURNING id",
        to.ticket,
        channel,
        author,
        author is None,
        body,
        now,
    )
    if channel != "web":
        await queue_message(
            channel=channel,
            recipient=recipient,
            subject=_subject(to, purpose) if channel == "email" else "",
            body=_with_footer(to, body) if channel == "email" else body,
            ticket=to.ticket,
            message=message,
            purpose=purpose,
            now=now,
        )
    return SentMessage(message, channel)


async def _choose_route(
    to: CustomerRecipient, via: Via | None, now: datetime
) -> tuple[OutgoingChannel, str]:
    if to.phone and session_open(to.whatsapp_at, now):
        if via == "whatsapp" or (
            via is None and await _last_inbound_channel(to.ticket) == "whatsapp"
        ):
            return "whatsapp", to.phone
    elif via == "whatsapp":
        raise InvalidInput(
            "WhatsApp lets us write only within 24 hours of the customer's last message there. "
            "Write by SMS.",
            field="via",
        )
    if via == "sms" or (via is None and to.phone):
        if not to.phone:
            raise InvalidInput("This customer has no phone number; write by e-mail.", field="via")
        return "sms", to.phone
    if via == "email" or to.email:
        if not to.email:
            raise InvalidInput("This customer has no e-mail address; write by SMS.", field="via")
        return "email", to.email
    return "web", ""


async def _last_inbound_channel(ticket: int) -> str | None:
    return await fetch_value(
        "SELECT channel FROM message WHERE ticket = $1 AND direction = 'in' "
        "ORDER BY id DESC LIMIT 1",
        ticket,
    )


def _subject(to: CustomerRecipient, purpose: str) -> str:
    name = purpose if purpose in ("acknowledgement", "rating_request") else "reply"
    return render_text(f"subject_{name}", to.locale, number=to.number)


def _with_footer(to: CustomerRecipient, body: str) -> str:
    """Where to answer: nobody reads what comes back to an e-mail."""
    return f"{body}\n\n----\n{_text(to, 'email_footer')}"


def _text(to: CustomerRecipient, name: str, **values: object) -> str:
    link = f"{get_settings().public_url.rstrip('/')}/t/{to.token}"
    return render_text(name, to.locale, number=to.number, link=link, **values)
