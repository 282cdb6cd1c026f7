"""What is said on a ticket: by the customer, by staff, between staff, on the phone."""

from collections.abc import Sequence
from datetime import datetime

from service_desk.attachments.operations import attach
from service_desk.attachments.schemas import NewAttachment
from service_desk.database import fetch_value
from service_desk.errors import InvalidInput
from service_desk.rules.tickets.joining import REOPEN_WINDOW
from service_desk.rules.words.plain_text import strip_unstorable
from service_desk.tickets.answering import CustomerRecipient, Via, send_message
from service_desk.tickets.change import (
    CUSTOMER,
    TicketChange,
    TicketFacts,
    change_ticket,
    staff_actor,
)
from service_desk.triage.safety_words import safety_words_in

MAX_MESSAGE_LENGTH = 10_000


async def receive_message(
    number: str,
    body: str,
    *,
    channel: str,
    now: datetime,
    external_id: str | None = None,
    attachments: Sequence[NewAttachment] = (),
    reopens: bool = True,
) -> str:
    """Something the customer says on a ticket. Returns the ticket's state after it.

    It ends waiting_customer by itself, and reopens a resolved ticket within its window unless
    `reopens` is false (a rating, only thanks). Safety words raise the severity. Twice the same
    `external_id` is an error of the caller: webhooks take their receipt first.
    """
    async with change_ticket(number, actor=CUSTOMER, now=now) as change:
        await receive(change, body, channel, external_id, attachments, reopens)
    return change.ticket.state


async def receive(
    change: TicketChange,
    body: str,
    channel: str,
    external_id: str | None = None,
    attachments: Sequence[NewAttachment] = (),
    reopens: bool = True,
) -> None:
    """`receive_message` within a change that is already open."""
    ticket = change.ticket
    body = body.replace("\0", "")
    message = await fetch_value(
        "INSERT INTO message (ticket, direction, visibility, channel, automatic, body, "
        "external_id, at) VALUES ($1, 'in', 'public', $2, false, $3, $4, $5) RETURNING id",
        ticket.id, channel, body, external_id, change.now,
    )  # fmt: skip
    await attach(message, attachments, at=change.now)
    await apply_customer_message(change, message, body, channel, reopens=reopens)


async def apply_customer_message(
    change: TicketChange,
    message: int,
    body: str,
    channel: str,
    *,
    reopens: bool = True,
    moved_from: str | None = None,
) -> None:
    """What follows for a ticket from a message that the customer wrote, once it is stored.

    `moved_from`: the number of the ticket that it came to first.
    """
    ticket = change.ticket
    if reopens and ticket.state == "resolved" and may_reopen(ticket, change.now):
        change.reopen("customer_message")
    elif ticket.state == "waiting_customer":
        change.move_to("open")
        change.record("ticket.resumed", because="customer_message")
    # Thanks and ratings ask for no answer: they start no clock.
    origin = {"moved_from": moved_from} if moved_from else {}
    type_ = "message.received" if reopens else "message.no_reply_needed"
    change.record(type_, message=message, via=channel, **origin)
    change.set(last_message_at=change.now)
    words = await safety_words_in(body)
    if words and ticket.severity != "safety":
        change.record("severity.raised", **{"from": ticket.severity, "to": "safety"}, words=words)
        change.set(severity="safety")
        await change.choose_policy()


def may_reopen(ticket: TicketFacts, now: datetime) -> bool:
    """A resolved ticket can be reopened by its customer for 7 days (DESIGN §2.2)."""
    return ticket.resolved_at is not None and now <= ticket.resolved_at + REOPEN_WINDOW


async def reply(
    number: str, body: str, *, staff_id: int, now: datetime, via: Via | None = None
) -> None:
    """A public answer by staff, sent by SMS or e-mail through the outbox."""
    body = _check_body(body)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        said = await send_message(
            recipient_of(change.ticket), body, purpose="reply", now=change.now, via=via,
            author=staff_id,
        )  # fmt: skip
        change.begin()
        change.record("message.sent", message=said.message, via=said.via, automatic=False)
        change.set(last_message_at=change.now)
        await _answer_referral(change, staff_id)


async def add_note(number: str, body: str, *, staff_id: int, now: datetime) -> None:
    """For staff only. A supervisor's note answers an open referral."""
    body = _check_body(body)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        message = await _insert_by_staff(change, staff_id, "note", "note", body)
        change.record("note.added", message=message)
        await _answer_referral(change, staff_id)


async def log_call(number: str, body: str, *, answered: bool, staff_id: int, now: datetime) -> None:
    """A call by staff; an answered one counts as an answer to the customer."""
    body = _check_body(body)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        message = await _insert_by_staff(change, staff_id, "public", "call", body)
        change.begin()
        change.record("call.logged", message=message, answered=answered)
        if answered:
            change.set(callback_requested_at=None)
        change.set(last_message_at=change.now)
        await _answer_referral(change, staff_id)


def recipient_of(ticket: TicketFacts) -> CustomerRecipient:
    return CustomerRecipient(
        ticket.id,
        ticket.number,
        ticket.token,
        ticket.locale,
        ticket.customer_phone,
        ticket.customer_email,
        ticket.customer_last_whatsapp_at,
    )


def _check_body(body: str) -> str:
    """What staff say, as it was typed."""
    body = strip_unstorable(body)
    if not body.strip() or len(body) > MAX_MESSAGE_LENGTH:
        raise InvalidInput(
            "A message needs between 1 and {most} characters; this one has {length}.",
            field="body",
            most=MAX_MESSAGE_LENGTH,
            length=len(body.strip()) and len(body),
        )
    return body


async def _insert_by_staff(
    change: TicketChange, staff_id: int, visibility: str, channel: str, body: str
) -> int:
    return await fetch_value(
        "INSERT INTO message (ticket, direction, visibility, channel, author, automatic, body, "
        "at) VALUES ($1, 'out', $2, $3, $4, false, $5, $6) RETURNING id",
        change.ticket.id, visibility, channel, staff_id, body, change.now,
    )  # fmt: skip


async def _answer_referral(change: TicketChange, staff_id: int) -> None:
    """A supervisor's word answers what was referred, be it to them or to a colleague of theirs; but
    nobody answers what they asked themselves."""
    asked_by: list[int | None] = []
    for event in change.events:
        if event.type == "ticket.referred":
            asked_by.append(event.data.get("by"))
        elif event.type == "referral.answered":
            asked_by.clear()
    if all(asker == staff_id for asker in asked_by):
        return
    role = await fetch_value("SELECT role FROM staff WHERE id = $1", staff_id)
    if role in ("supervisor", "admin"):
        change.record("referral.answered", by=staff_id)
