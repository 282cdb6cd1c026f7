"""Messages to a ticket's customer: a message on the ticket and a row in the outbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from service_desk.database import fetch, in_transaction
from service_desk.errors import InvalidInput
from service_desk.jobs import wake
from service_desk.outbox.queue import DELIVERY_JOBS, QUEUE, one_line, why_it_waits
from service_desk.rows import get_value
from service_desk.rules.messages.sender_address import takes_replies
from service_desk.rules.messages.vocabulary import (
    TEXT_CHANNELS,
    MessageChannel,
    OutboxState,
    Purpose,
)
from service_desk.rules.messages.whatsapp_session import session_open
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.tables import Message
from service_desk.texts.customer_texts import render_text

OutgoingChannel = Literal[MessageChannel, "web"]
MAX_TEXT_LENGTH = 1600  # characters; carriers refuse longer ones
MAX_WORDS_IN_TEXT: Mapping[Locale, int] = {"en": 120, "zh": 32}  # characters of staff's own

# The arguments are columns with one entry for each message; it may have an id already. One shown on
# the tracking page only has no recipient.
_SEND = f"""
WITH given AS MATERIALIZED (
    SELECT coalesce(id, nextval('message_id_seq')) AS message, given.*
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::bigint[], $8::text[], $9::bool[], $10::text[], $12::bigint[]) WITH ORDINALITY
        AS given (ticket, channel, recipient, subject, shown, body, author, purpose, counts, waits,
            id, place)),
messages AS (
    INSERT INTO message (id, ticket, direction, visibility, channel, author, automatic, body, at)
    SELECT message, ticket, 'out', 'public', channel, author, author IS NULL, shown, $11
    FROM given),
to_queue AS (SELECT *, $11::timestamptz AS at FROM given WHERE recipient <> ''),
queued AS ({QUEUE})
SELECT given.message, given.channel, queued.id AS queued, state, error,
    coalesce(counted, false) AS counts, coalesce(counts_once_sent, false) AS waits
FROM given LEFT JOIN queued USING (message) ORDER BY place
"""


class CustomerRecipient(msgspec.Struct, frozen=True):
    """The customer of a ticket, with the contacts that a message can go to."""

    ticket: int
    number: str
    token: str
    locale: Locale
    phone: str | None
    email: str | None
    last_whatsapp_at: datetime | None = None  # their last message there
    handle: str | None = None  # by which they write, without a phone number
    handle_wrote_at: datetime | None = None


class SentMessage(msgspec.Struct, frozen=True):
    """The message's id and its channel; "web" is shown on the tracking page only. `counts`: it is
    on its way to the customer, so that it answers them. `waits`: for a gateway; it counts once it
    is sent. `queued`: its id in the outbox, with the state and the error that it has there."""

    message: int
    channel: OutgoingChannel
    counts: bool = False
    waits: bool = False
    queued: int | None = None
    state: OutboxState | None = None
    error: str | None = None


class MessageToSend(msgspec.Struct, frozen=True):
    """`recipient`: empty for the tracking page. `counts`: it answers the customer. `id`: of the
    message, if that was given out already."""

    to: CustomerRecipient
    channel: OutgoingChannel
    recipient: str
    body: str
    purpose: Purpose
    author: int | None
    counts: bool
    id: int | None = None


async def automatic_message(
    to: CustomerRecipient, name: str, *, message: int, purpose: Purpose, now: datetime
) -> MessageToSend:
    """The automatic text of that name, to be sent with `send_messages` as `message`, its id."""
    text = await _automatic(to, name, purpose, now, counts=False)
    return msgspec.structs.replace(text, id=message)


async def send_automatic_message(
    to: CustomerRecipient, name: str, *, purpose: Purpose, now: datetime, counts: bool = False,
    **values: object,
) -> SentMessage:  # fmt: skip
    """The automatic text of that name, in the customer's language; e-mail has a wording of its own,
    since nobody can reply to it. `counts`: it carries the words of staff, and is an answer."""
    text = await _automatic(to, name, purpose, now, counts=counts, **values)
    return (await send_messages([text], now))[0]


async def send_message(
    to: CustomerRecipient,
    body: str,
    *,
    purpose: Purpose,
    now: datetime,
    via: MessageChannel | None = None,
    author: int | None = None,
) -> SentMessage:
    """Store and queue the message, in the caller's transaction; without `author` as automatic.

    Without `via` it goes by WhatsApp if the customer's last message came from there and its 24
    hours are not over, else by SMS, else by e-mail. Raises InvalidInput if the customer has no
    contact for `via`, or if the 24 hours of WhatsApp are over.
    """
    route = await _choose_route(to, via, now)
    answer = MessageToSend(to, *route, body, purpose, author, counts=author is not None)
    return (await send_messages([answer], now))[0]


async def _automatic(
    to: CustomerRecipient, name: str, purpose: Purpose, now: datetime, *, counts: bool,
    **values: object,
) -> MessageToSend:  # fmt: skip
    route = await _choose_route(to, None, now)
    text_name = f"email_{name}"
    if route[0] in TEXT_CHANNELS:
        text_name = name
        values = {key: _excerpt(value, to.locale) for key, value in values.items()}
    return MessageToSend(to, *route, _text(to, text_name, **values), purpose, None, counts)


async def send_messages(outgoing: Sequence[MessageToSend], now: datetime) -> list[SentMessage]:
    """Store and queue them, in the caller's transaction, with one statement."""
    if not outgoing:
        return []
    assert in_transaction(), "a message is queued in a transaction"
    columns = zip(*(_row(one) for one in outgoing), strict=True)
    ids = [one.id for one in outgoing]
    rows = await fetch(_SEND, *(list(column) for column in columns), now, ids)
    for row in rows:
        if row["queued"] is not None:
            wake(DELIVERY_JOBS[row["channel"]], about=row["queued"])
    return [SentMessage(**dict(row)) for row in rows]


def _row(one: MessageToSend) -> tuple[object, ...]:
    to, channel, body = one.to, one.channel, one.body
    if channel in TEXT_CHANNELS and len(body) > MAX_TEXT_LENGTH:
        raise InvalidInput(
            "A text message can have at most {max} characters; this one has {length}. Shorten it, "
            "or send an e-mail.",
            field="body",
            max=MAX_TEXT_LENGTH,
            length=len(body),
        )
    is_mail = channel == "email"
    return (
        to.ticket, channel, one.recipient, one_line(_subject(to, one.purpose)) if is_mail else "",
        body, _with_footer(to, body) if is_mail else body, one.author, one.purpose, one.counts,
        None if channel == "web" else why_it_waits(channel),
    )  # fmt: skip


async def _choose_route(
    to: CustomerRecipient, via: MessageChannel | None, now: datetime
) -> tuple[OutgoingChannel, str]:
    if to.phone and session_open(to.last_whatsapp_at, now):
        if via == "whatsapp" or (
            via is None and await _last_inbound_channel(to.ticket) == "whatsapp"
        ):
            return "whatsapp", to.phone
    elif via == "whatsapp":
        raise InvalidInput(
            "WhatsApp allows messages only within 24 hours of the customer's last message there. "
            "Send an SMS.",
            field="via",
        )
    texts_to = to.phone or _messenger_of(to, now)
    if via == "sms" or (via is None and texts_to):
        if not texts_to:
            raise _no_text_reaches(to)
        return "sms", texts_to
    if via == "email" or to.email:
        if not to.email:
            raise InvalidInput("This customer has no e-mail address; send an SMS.", field="via")
        return "email", to.email
    return "web", ""


def _messenger_of(to: CustomerRecipient, now: datetime) -> str | None:
    """Their address, if we may write there; it goes as a text does."""
    may = get_settings().writes_to_messenger and session_open(to.handle_wrote_at, now)
    return to.handle if may and takes_replies(to.handle) else None


def _no_text_reaches(to: CustomerRecipient) -> InvalidInput:
    if takes_replies(to.handle):
        return InvalidInput(
            "This customer writes by Messenger, where we cannot write now: it allows that for 24 "
            "hours after their last message, from a page that the operator has set up.",
            field="via",
        )
    return InvalidInput("This customer has no phone number; send an e-mail.", field="via")


async def _last_inbound_channel(ticket: int) -> str | None:
    return await get_value(Message.channel, ticket=ticket, direction="in", newest_by=Message.id)


def _excerpt(value: object, locale: Locale) -> object:
    """So much that the text keeps within two segments; its link shows all of it."""
    limit = MAX_WORDS_IN_TEXT[locale]
    if not isinstance(value, str) or len(value) <= limit:
        return value
    return value[: limit - 1] + "…"


def _subject(to: CustomerRecipient, purpose: Purpose) -> str:
    name = purpose if purpose in ("acknowledgement", "rating_request") else "reply"
    return render_text(f"subject_{name}", to.locale, number=to.number)


def _with_footer(to: CustomerRecipient, body: str) -> str:
    """Nobody reads replies to our e-mails, so each says where to write instead."""
    return f"{body}\n\n----\n{_text(to, 'email_footer')}"


def _text(to: CustomerRecipient, name: str, **values: object) -> str:
    link = f"{get_settings().public_url.rstrip('/')}/t/{to.token}"
    return render_text(name, to.locale, number=to.number, link=link, **values)
