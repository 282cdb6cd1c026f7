"""The progress of a ticket: assigned, planned, promised, referred, waiting, resolved, closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from service_desk.database import fetch, fetch_value, transaction
from service_desk.errors import InvalidInput, MoveNotAllowed
from service_desk.principal import ROLES, SUPERVISOR_ROLES, SYSTEM, Role, staff_actor
from service_desk.rows import get
from service_desk.rules.tickets.events import (
    PlanRecorded,
    PromiseMade,
    TicketAssigned,
    TicketClosed,
    TicketReferred,
    TicketResumed,
    TicketWaiting,
)
from service_desk.rules.tickets.states import (
    AUTO_CLOSE_AFTER,
    ENDED,
    WAITING,
    WAITING_STATES,
    WaitingFor,
)
from service_desk.rules.tickets.vocabulary import MAX_OPTIONS, Cause
from service_desk.rules.words.plain_text import is_blank
from service_desk.tables import Staff
from service_desk.tables.conditions import IS_OPEN, queue_order
from service_desk.tickets.change import TicketChange, change_ticket
from service_desk.tickets.classification import set_category
from service_desk.tickets.messages import notify_about
from service_desk.tickets.resolving import check_cause, clean_note, record_resolved

MAX_PROMISE = timedelta(days=366)
MAX_FIELD_LENGTH = 4_000
CLOSING_BATCH = 100

# Two who ask at the same time get different tickets.
_TAKE_NEXT = f"""
SELECT number FROM ticket WHERE {IS_OPEN} AND assignee IS NULL
ORDER BY {queue_order()} LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
# As of $1. Messages of ours, or of staff, do not keep a ticket from being closed.
_DUE_TO_CLOSE = """
    state = 'resolved' AND resolved_at <= $1 AND NOT EXISTS (SELECT FROM message
        WHERE message.ticket = ticket.id AND direction = 'in' AND message.at > $1)
"""
_TICKETS_TO_CLOSE = f"""
SELECT number FROM ticket WHERE {_DUE_TO_CLOSE} ORDER BY resolved_at LIMIT {CLOSING_BATCH}
"""
_IS_DUE_TO_CLOSE = f"SELECT true FROM ticket WHERE {_DUE_TO_CLOSE} AND id = $2"


class StaffRole(msgspec.Struct, frozen=True):
    id: int
    role: Role


async def assign(number: str, assignee: str | None, *, staff_id: int, now: datetime) -> None:
    """Assign to the active member of staff with this e-mail address, or to nobody.

    Raises InvalidInput, NotFound, and MoveNotAllowed for a ticket that is resolved or closed.
    """
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        await _assign(change, await _staff_by_email(assignee, "assignee"))


async def assign_if_unassigned(number: str, *, staff_id: int, now: datetime) -> None:
    """Assign it to `staff_id`, unless it has an assignee or is resolved or closed."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        if change.ticket.assignee is None and change.ticket.state not in ENDED:
            await _assign(change, staff_id)


async def take_next(*, staff_id: int, now: datetime) -> str | None:
    """Assign the top unassigned ticket of the queue. Its number, or None if there is none."""
    async with transaction(plan_once=True):
        number = await fetch_value(_TAKE_NEXT)
        if number is not None:
            async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
                await _assign(change, staff_id)
        return number


async def record_plan(
    number: str,
    *,
    diagnosis: str,
    plan: str,
    options: Sequence[str] = (),
    chosen: int | None = None,
    owner: str | None = None,
    staff_id: int,
    now: datetime,
) -> None:
    """Record the handling plan: what is wrong, what will be done, by whom (DESIGN §2.2).

    `options`: up to four offers to the customer; `chosen`: the index of the chosen one. `owner`:
    an e-mail address; by default the caller. Raises InvalidInput, MoveNotAllowed, NotFound.
    """
    _check_text("diagnosis", diagnosis)
    _check_text("plan", plan)
    if len(options) > MAX_OPTIONS:
        raise InvalidInput(
            "A plan offers at most {max} options; this one has {count}.",
            field="options",
            max=MAX_OPTIONS,
            count=len(options),
        )
    for option in options:
        _check_text("options", option)
    if chosen is not None and not 0 <= chosen < len(options):
        raise InvalidInput("The chosen option is not one of those offered.", field="chosen")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        if change.ticket.state != "resolved":  # a plan may be owed though the ticket is resolved
            change.require_open()
        owner_id = await _staff_by_email(owner, "owner") or staff_id
        change.open_if_new()
        change.record(PlanRecorded(diagnosis, plan, tuple(options), chosen, owner_id))
        if owner_id != change.ticket.assignee:
            await notify_about(change, "assigned", owner_id)


async def promise(number: str, at: datetime, *, staff_id: int, now: datetime) -> None:
    """Promise the customer an update by `at`, which starts a promise clock."""
    if not now < at <= now + MAX_PROMISE:
        raise InvalidInput("The promised time must be in the future, within a year.", field="at")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.require_open()
        change.record(PromiseMade(at))


async def refer(
    number: str, question: str, to: str | None = None, *, staff_id: int, now: datetime
) -> None:
    """Refer a question to a supervisor, by e-mail address, or to all of them.

    The next note, reply or answered call by a supervisor other than the referrer answers it.
    """
    _check_text("question", question)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.require_open()
        supervisor = await _staff_by_email(to, "to", roles=SUPERVISOR_ROLES)
        if supervisor == staff_id:
            raise InvalidInput(
                "You cannot refer a ticket to yourself. Choose somebody else.", field="to"
            )
        change.record(TicketReferred(question, to=supervisor, by=staff_id))
        await notify_about(change, "referred", *([] if supervisor is None else [supervisor]))


async def wait(
    number: str, for_: WaitingFor, note: str = "", *, staff_id: int, now: datetime
) -> None:
    """Wait for `for_`: customer, supplier or parts."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.open_if_new()
        change.move_to(WAITING_STATES[for_])
        change.record(TicketWaiting(for_, note))


async def resume(number: str, *, staff_id: int, now: datetime) -> None:
    """End waiting. Raises MoveNotAllowed, NotFound."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        if change.ticket.state not in WAITING:
            raise MoveNotAllowed(
                "This ticket is {state}: it is not waiting for anything.", state=change.ticket.state
            )
        change.move_to("open")
        change.record(TicketResumed("staff"))


async def resolve(
    number: str,
    resolution: str,
    cause: Cause | None = None,
    *,
    category: str | None = None,
    cause_note: str | None = None,
    told_by: str | None = None,
    staff_id: int,
    now: datetime,
) -> None:
    """Resolve the ticket; the customer is told what was done, and gets a rating request (DESIGN
    §2.2, §2.5).

    `category`: a code, for a ticket without one; `told_by`: how the customer was told otherwise;
    `cause_note`: why the cause is unknown. Raises InvalidInput for a complaint without category or
    cause, MoveNotAllowed, NotFound.
    """
    _check_text("resolution", resolution)
    cause_note, told_by = clean_note("cause_note", cause_note), clean_note("told_by", told_by)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.move_to("resolved")
        if category is not None:
            await set_category(change, category)
        check_cause(change, cause, cause_note)
        change.set(resolved_at=change.now, resolution=resolution)
        if cause is not None:
            change.set(cause=cause)
        await record_resolved(change, resolution, cause, cause_note=cause_note, told_by=told_by)


async def close(number: str, *, staff_id: int, now: datetime) -> None:
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        _close(change, reason="staff")


async def reopen(number: str, reason: str, *, staff_id: int, now: datetime) -> None:
    """Reopen a resolved or closed ticket. Raises InvalidInput, MoveNotAllowed, NotFound."""
    _check_text("reason", reason)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        if change.ticket.state not in ENDED:
            raise MoveNotAllowed(
                "This ticket is {state}: only one that is resolved or closed can be reopened.",
                state=change.ticket.state,
            )
        change.reopen(reason)


async def auto_close_resolved(now: datetime) -> int:
    """Close a batch of tickets resolved 7 days ago, unless the customer has written since. Returns
    how many."""
    rows = await fetch(_TICKETS_TO_CLOSE, now - AUTO_CLOSE_AFTER)
    return sum([await _auto_close(row["number"], now) for row in rows])


async def _auto_close(number: str, now: datetime) -> bool:
    async with change_ticket(number, actor=SYSTEM, now=now) as change:
        # Checked again under the lock: the customer may have written, or somebody reopened it.
        due = await fetch_value(_IS_DUE_TO_CLOSE, now - AUTO_CLOSE_AFTER, change.ticket.id)
        if due:
            _close(change, reason="auto_closed")
    return bool(due)


async def _assign(change: TicketChange, assignee: int | None) -> None:
    if change.ticket.assignee == assignee:
        return
    change.require_open()
    if assignee is not None:
        change.open_if_new()
    change.record(TicketAssigned(change.ticket.assignee, assignee))
    if assignee is not None:
        await notify_about(change, "assigned", assignee)
    change.set(assignee=assignee)


def _close(change: TicketChange, reason: Literal["staff", "auto_closed"]) -> None:
    change.move_to("closed")
    change.set(closed_at=change.now)
    change.record(TicketClosed(reason))


async def _staff_by_email(
    email: str | None, field: str, roles: Sequence[Role] = ROLES
) -> int | None:
    if email is None:
        return None
    member = await get(StaffRole, Staff, email=email.lower(), active=True)
    if member is None:
        raise InvalidInput(
            "No active member of staff has the e-mail address {email}.", field=field, email=email
        )
    if member.role not in roles:
        raise InvalidInput("{email} is not a supervisor.", field=field, email=email)
    return member.id


def _check_text(field: str, value: str) -> None:
    if is_blank(value) or len(value) > MAX_FIELD_LENGTH:
        raise InvalidInput(
            "{field_label} must have between 1 and {max} characters.",
            field=field,
            field_label=field,
            max=MAX_FIELD_LENGTH,
        )
