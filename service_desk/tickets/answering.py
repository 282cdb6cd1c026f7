"""Say something to a ticket's customer: a message on the ticket and a row in the outbox."""

from datetime import datetime
from typing import Literal

import msgspec

from service_desk.database import fetch_value
from service_desk.errors import InvalidInput
from service_desk.outbox.queue import queue_message
from service_desk.rules.messages.whatsapp_session import session_open
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import text

Via = Literal["sms", "whatsapp", "email"]
Way = Literal["sms", "whatsapp", "email", "web"]
TEXTED = ("sms", "whatsapp")
LONGEST_TEXT = 1600  # characters; carriers refuse longer ones


class Recipient(msgspec.Struct, frozen=True):
    """The customer of a ticket, as somebody to write to."""

    ticket: int
    number: str
    token: str
    locale: str
    phone: str | None
    email: str | None
    whatsapp_at: datetime | None = None  # when they last wrote there


class Said(msgspec.Struct, frozen=True):
    """The message's id, and how it goes out: "web" is only seen on the tracking page."""

    message: int
    via: Way


async def say_automatically(
    to: Recipient, name: str, *, purpose: str, now: datetime, **values: object
) -> Said:
    """The automatic text of that name, in the customer's language, worded for its way: who gets an
    e-mail cannot text back."""
    way = await _way_to(to, None, now)
    worded = name if way[0] in TEXTED else f"email_{name}"
    return await _say(to, way, _text(to, worded, **values), purpose, now)


async def say(
    to: Recipient,
    body: str,
    *,
    purpose: str,
    now: datetime,
    via: Via | None = None,
    author: int | None = None,
) -> Said:
    """Write the message and queue it, in the caller's transaction. Without author: automatic.

    Without `via` it goes by WhatsApp if the customer wrote there last and its 24 hours are not
    over, else by SMS, else by e-mail. Raises InvalidInput if `via` asks for a contact that the
    customer has not given, or for WhatsApp after its 24 hours.
    """
    return await _say(to, await _way_to(to, via, now), body, purpose, now, author)


async def _say(
    to: Recipient,
    way: tuple[Way, str],
    body: str,
    purpose: str,
    now: datetime,
    author: int | None = None,
) -> Said:
    channel, recipient = way
    if channel in TEXTED and len(body) > LONGEST_TEXT:
        raise InvalidInput(
            "A text holds {most} characters at most; this one has {length}. Shorten it, or write "
            "by e-mail.",
            field="body",
            most=LONGEST_TEXT,
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
    return Said(message, channel)


async def _way_to(to: Recipient, via: Via | None, now: datetime) -> tuple[Way, str]:
    if to.phone and session_open(to.whatsapp_at, now):
        if via == "whatsapp" or (via is None and await _wrote_last_by(to.ticket) == "whatsapp"):
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


async def _wrote_last_by(ticket: int) -> str | None:
    return await fetch_value(
        "SELECT channel FROM message WHERE ticket = $1 AND direction = 'in' "
        "ORDER BY id DESC LIMIT 1",
        ticket,
    )


def _subject(to: Recipient, purpose: str) -> str:
    name = purpose if purpose in ("acknowledgement", "rating_request") else "reply"
    return text(f"subject_{name}", to.locale, number=to.number)


def _with_footer(to: Recipient, body: str) -> str:
    """Where to answer: nobody reads what comes back to an e-mail."""
    return f"{body}\n\n----\n{_text(to, 'email_footer')}"


def _text(to: Recipient, name: str, **values: object) -> str:
    link = f"{get_settings().public_url.rstrip('/')}/t/{to.token}"
    return text(name, to.locale, number=to.number, link=link, **values)
