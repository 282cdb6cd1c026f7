"""The conversation on a ticket: messages of the customer, replies, notes, logged calls."""

from collections.abc import Sequence
from datetime import datetime

from service_desk.attachments.operations import attach
from service_desk.attachments.schemas import NewAttachment
from service_desk.errors import Conflict, InvalidInput, NotAllowed
from service_desk.principal import CUSTOMER, staff_actor
from service_desk.rules.messages.vocabulary import MessageChannel
from service_desk.rules.tickets.choice import REOPEN_WINDOW
from service_desk.rules.tickets.events import (
    ReferralAnswered,
    SeverityRaised,
    TicketReferred,
    TicketResumed,
)
from service_desk.rules.tickets.message_events import (
    CallLogged,
    MessageNoReplyNeeded,
    MessageReceived,
    MessageSent,
    NoteAdded,
)
from service_desk.rules.tickets.vocabulary import Channel, Visibility
from service_desk.rules.words.plain_text import is_blank, strip_unstorable
from service_desk.staff.queries import is_supervisor
from service_desk.tickets.change import TicketChange, TicketFacts, change_ticket
from service_desk.tickets.messages import insert_message, notify_about
from service_desk.tickets.refusals import surviving_number
from service_desk.tickets.sending import CustomerRecipient, send_message
from service_desk.triage.safety_words import safety_words_in

MAX_MESSAGE_LENGTH = 10_000


async def receive_message(
    number: str,
    body: str,
    *,
    channel: Channel,
    now: datetime,
    provider_id: str | None = None,
    attachments: Sequence[NewAttachment] = (),
    reopens: bool = True,
) -> str:
    """Add a message from the customer. Returns the state of the ticket after it.

    It ends waiting_customer, and reopens a resolved ticket within its window, unless `reopens` is
    false (a rating, only thanks). Safety words raise the severity. A `provider_id` that was stored
    before is an error of the caller, which looks for its receipt first.
    """
    number = await surviving_number(number)
    async with change_ticket(number, actor=CUSTOMER, now=now) as change:
        await receive(change, body, channel, provider_id, attachments, reopens)
    return change.ticket.state


async def receive(
    change: TicketChange,
    body: str,
    channel: Channel,
    provider_id: str | None = None,
    attachments: Sequence[NewAttachment] = (),
    reopens: bool = True,
) -> None:
    """`receive_message` within a change that is already open. `body` is without NUL."""
    message = await insert_message(
        change.ticket.id,
        body,
        direction="in",
        channel=channel,
        provider_id=provider_id,
        at=change.now,
    )
    await attach(message, attachments, at=change.now)
    await apply_customer_message(change, message, body, channel, reopens=reopens)


async def apply_customer_message(
    change: TicketChange,
    message: int,
    body: str,
    channel: Channel,
    *,
    reopens: bool = True,
    moved_from: str | None = None,
) -> None:
    """The effects of a customer's message on a ticket, once it is stored.

    `moved_from`: the number of the ticket that it was received on.
    """
    ticket = change.ticket
    if reopens and ticket.state == "resolved" and may_reopen(ticket, change.now):
        change.reopen()
    elif ticket.state == "waiting_customer":
        change.move_to("open")
        change.record(TicketResumed("customer_message"))
    # Thanks and ratings need no reply, so they start no clock.
    received = MessageReceived if reopens else MessageNoReplyNeeded
    change.record(received(message, channel, moved_from))
    change.set(last_message_at=change.now)
    if ticket.assignee is not None:
        await notify_about(change, "customer_message", ticket.assignee)
    words = await safety_words_in(body)
    if words and ticket.severity != "safety":
        change.record(SeverityRaised(ticket.severity, "safety", tuple(words)))
        change.set(severity="safety")
        await notify_about(change, "safety")
        await change.choose_policy()


def may_reopen(ticket: TicketFacts, now: datetime) -> bool:
    """A resolved ticket can be reopened by its customer for 7 days (DESIGN §2.2)."""
    return ticket.resolved_at is not None and now <= ticket.resolved_at + REOPEN_WINDOW


async def reply(
    number: str, body: str, *, staff_id: int, now: datetime, via: MessageChannel | None = None
) -> None:
    """A public message by staff, which the outbox sends to the customer. `via`: as in
    `send_message`. Raises InvalidInput, NotFound."""
    body = _check_body(body)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        sent = await send_message(
            recipient_of(change.ticket), body, purpose="reply", now=change.now, via=via,
            author=staff_id,
        )  # fmt: skip
        change.open_if_new()
        change.record(
            MessageSent(sent.message, sent.channel, False, counts=sent.counts, waits=sent.waits)
        )
        change.set(last_message_at=change.now)
        await _answer_referral(change, staff_id)


async def add_note(number: str, body: str, *, staff_id: int, now: datetime) -> None:
    """A message for staff only. A supervisor's note answers an open referral."""
    body = _check_body(body)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        message = await _insert_by_staff(change, staff_id, body, visibility="note")
        change.record(NoteAdded(message))
        await _answer_referral(change, staff_id)


async def answer_referral(number: str, body: str, *, staff_id: int, now: datetime) -> None:
    """Answer the question that was referred, as a note. Raises NotAllowed, InvalidInput, Conflict,
    NotFound."""
    body = _check_body(body)
    if not await is_supervisor(staff_id):
        raise NotAllowed("Only a supervisor can answer a question that was referred.")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        message = await _insert_by_staff(change, staff_id, body, visibility="note")
        change.record(NoteAdded(message))
        await _answer_referral(change, staff_id)
        if not isinstance(change.recorded[-1].data, ReferralAnswered):
            raise Conflict("No question of this ticket waits for your answer.")


async def log_call(number: str, body: str, *, answered: bool, staff_id: int, now: datetime) -> None:
    """Log a call to the customer; an answered one counts as a reply (DESIGN §2.3)."""
    body = _check_body(body)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        message = await _insert_by_staff(change, staff_id, body, channel="call")
        change.open_if_new()
        change.record(CallLogged(message, answered))
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
        ticket.customer_handle,
        ticket.customer_handle_wrote_at,
    )


def _check_body(body: str) -> str:
    """The body without characters that cannot be stored. Raises InvalidInput."""
    body = strip_unstorable(body)
    if is_blank(body) or len(body) > MAX_MESSAGE_LENGTH:
        raise InvalidInput(
            "A message must have between 1 and {max} characters; this one has {length}.",
            field="body",
            max=MAX_MESSAGE_LENGTH,
            length=len(body.strip()) and len(body),
        )
    return body


async def _insert_by_staff(
    change: TicketChange,
    staff_id: int,
    body: str,
    *,
    visibility: Visibility = "public",
    channel: Channel | None = None,
) -> int:
    return await insert_message(
        change.ticket.id,
        body,
        direction="out",
        visibility=visibility,
        channel=channel,
        author=staff_id,
        at=change.now,
    )


async def _answer_referral(change: TicketChange, staff_id: int) -> None:
    """Any supervisor answers an open referral, whoever it was referred to; but nobody answers their
    own."""
    referred_by: list[int] = []
    for event in change.events:
        if isinstance(event.data, TicketReferred):
            referred_by.append(event.data.by)
        elif isinstance(event.data, ReferralAnswered):
            referred_by.clear()
    if any(referrer != staff_id for referrer in referred_by) and await is_supervisor(staff_id):
        change.record(ReferralAnswered(staff_id))
        await notify_about(change, "answered", *referred_by)
