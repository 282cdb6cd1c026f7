"""How a ticket moves on: assigned, planned, promised, referred, waiting, resolved, closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import InvalidInput, MoveNotAllowed
from service_desk.rules.tickets.states import ENDED, WAITING
from service_desk.tickets.answering import send_automatic_message
from service_desk.tickets.change import SYSTEM, TicketChange, change_ticket, staff_actor
from service_desk.tickets.conversation import recipient_of

AUTO_CLOSE_AFTER = timedelta(days=7)
MAX_PROMISE = timedelta(days=366)
MAX_OPTIONS = 4
MAX_FIELD_LENGTH = 4_000
MAX_RESOLUTION_IN_SMS = 120
CLOSING_BATCH = 100


async def assign(number: str, assignee: str | None, *, staff_id: int, now: datetime) -> None:
    """To the active staff member with that e-mail address, or to nobody."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        await _assign(change, await _staff_by_email(assignee, "assignee"))


async def assign_if_unassigned(number: str, *, staff_id: int, now: datetime) -> None:
    """It is theirs from now on, unless it is somebody's already or over."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        if change.ticket.assignee is None and change.ticket.state not in ENDED:
            await _assign(change, staff_id)


async def take_next(*, staff_id: int, now: datetime) -> str | None:
    """Claim the top unassigned ticket of the queue; its number, or None if there is none.

    Two who ask at once get two different tickets: a locked row is passed over.
    """
    async with transaction():
        number = await fetch_value(
            "SELECT number FROM ticket WHERE state NOT IN ('resolved', 'closed') "
            "AND assignee IS NULL ORDER BY coalesce(rank_at, 'infinity'), received_at, id "
            "LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
        )
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
    """The handling plan: what is wrong, what will be done, by whom (DESIGN §2.2).

    Up to four options may be offered to the customer; `chosen` is the index of the one taken.
    """
    _check_text("diagnosis", diagnosis)
    _check_text("plan", plan)
    if len(options) > MAX_OPTIONS:
        raise InvalidInput(
            "A plan offers at most {most} options; this one has {count}.",
            field="options",
            most=MAX_OPTIONS,
            count=len(options),
        )
    for option in options:
        _check_text("options", option)
    if chosen is not None and not 0 <= chosen < len(options):
        raise InvalidInput("The chosen option is not one of those offered.", field="chosen")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.require_open()
        owner_id = await _staff_by_email(owner, "owner") or staff_id
        change.begin()
        change.record(
            "plan.recorded",
            diagnosis=diagnosis,
            plan=plan,
            options=list(options),
            chosen=chosen,
            owner=owner_id,
        )


async def promise(number: str, at: datetime, *, staff_id: int, now: datetime) -> None:
    """Promise the customer an update by then: starts a promise clock."""
    if not now < at <= now + MAX_PROMISE:
        raise InvalidInput("A promised time lies in the future, within a year.", field="at")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.require_open()
        change.record("promise.made", due_at=at)


async def refer(
    number: str, question: str, to: str | None = None, *, staff_id: int, now: datetime
) -> None:
    """Ask a supervisor; the next note or answer by any but who asked meets the referral clock."""
    _check_text("question", question)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.require_open()
        supervisor = await _staff_by_email(to, "to", roles=("supervisor", "admin"))
        if supervisor == staff_id:
            raise InvalidInput("Ask somebody else: this is yourself.", field="to")
        change.record("ticket.referred", question=question, to=supervisor, by=staff_id)


async def wait(number: str, for_: str, note: str = "", *, staff_id: int, now: datetime) -> None:
    """Wait for the customer, the supplier or parts."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.begin()
        change.move_to(f"waiting_{for_}")
        change.record("ticket.waiting", **{"for": for_}, note=note)


async def resume(number: str, *, staff_id: int, now: datetime) -> None:
    """The waiting is over."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        if change.ticket.state not in WAITING:
            raise MoveNotAllowed(
                "This ticket is {state}: it is not waiting for anything.", state=change.ticket.state
            )
        change.move_to("open")
        change.record("ticket.resumed", because="staff")


async def resolve(
    number: str, resolution: str, cause: str | None = None, *, staff_id: int, now: datetime
) -> None:
    """Say what solved it; the customer is told and asked for a rating at once (DESIGN §2.5)."""
    _check_text("resolution", resolution)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        change.move_to("resolved")
        change.set(resolved_at=change.now, resolution=resolution)
        if cause is not None:
            change.set(cause=cause)
        change.record("ticket.resolved", resolution=resolution, cause=cause)
        await _request_rating(change, resolution)


async def close(number: str, *, staff_id: int, now: datetime) -> None:
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        _close(change, because="staff")


async def reopen(number: str, reason: str, *, staff_id: int, now: datetime) -> None:
    """What was resolved or closed is to be worked on again."""
    _check_text("reason", reason)
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        if change.ticket.state not in ENDED:
            raise MoveNotAllowed(
                "This ticket is {state}: only one that is resolved or closed can be reopened.",
                state=change.ticket.state,
            )
        change.reopen(reason)


async def auto_close_resolved(now: datetime) -> int:
    """Close what was resolved 7 days ago without a word from the customer since. How many."""
    closed = 0
    while True:
        numbers = await fetch(
            f"SELECT number FROM ticket WHERE {_DUE_TO_CLOSE} "
            f"ORDER BY resolved_at LIMIT {CLOSING_BATCH}",
            now - AUTO_CLOSE_AFTER,
        )
        for row in numbers:
            async with change_ticket(row["number"], actor=SYSTEM, now=now) as change:
                # They may have written since, or somebody may have reopened it.
                if await fetch_value(
                    f"SELECT true FROM ticket WHERE {_DUE_TO_CLOSE} AND id = $2",
                    now - AUTO_CLOSE_AFTER,
                    change.ticket.id,
                ):
                    _close(change, because="quiet")
                    closed += 1
        if len(numbers) < CLOSING_BATCH:
            return closed


# By $1. Whatever staff said since does not count, nor what we send by ourselves.
_DUE_TO_CLOSE = (
    "state = 'resolved' AND resolved_at <= $1 AND NOT EXISTS (SELECT FROM message "
    "WHERE message.ticket = ticket.id AND direction = 'in' AND message.at > $1)"
)


async def _assign(change: TicketChange, assignee: int | None) -> None:
    if change.ticket.assignee == assignee:
        return
    change.require_open()
    if assignee is not None:
        change.begin()
    change.record("ticket.assigned", **{"from": change.ticket.assignee}, to=assignee)
    change.set(assignee=assignee)


async def _request_rating(change: TicketChange, resolution: str) -> None:
    short = resolution if len(resolution) <= MAX_RESOLUTION_IN_SMS else (
        resolution[: MAX_RESOLUTION_IN_SMS - 1] + "…"
    )  # fmt: skip
    said = await send_automatic_message(
        recipient_of(change.ticket),
        "rating_request",
        purpose="rating_request",
        now=change.now,
        resolution=short,
    )
    change.record("message.sent", message=said.message, via=said.via, automatic=True)
    await fetch(
        "INSERT INTO rating (ticket, requested_at) VALUES ($1, $2) ON CONFLICT (ticket) "
        "DO UPDATE SET requested_at = excluded.requested_at",
        change.ticket.id,
        change.now,
    )


def _close(change: TicketChange, because: str) -> None:
    change.move_to("closed")
    change.set(closed_at=change.now)
    change.record("ticket.closed", because=because)


async def _staff_by_email(
    email: str | None, field: str, roles: Sequence[str] = ("agent", "supervisor", "admin")
) -> int | None:
    if email is None:
        return None
    row = await fetch_one("SELECT id, role FROM staff WHERE email = lower($1) AND active", email)
    if row is None:
        raise InvalidInput("There is nobody called {email} here.", field=field, email=email)
    if row["role"] not in roles:
        raise InvalidInput("{email} is no supervisor.", field=field, email=email)
    return row["id"]


def _check_text(field: str, value: str) -> None:
    if not value.strip() or len(value) > MAX_FIELD_LENGTH:
        raise InvalidInput(
            "{words} needs between 1 and {most} characters.",
            field=field,
            words=field,
            most=MAX_FIELD_LENGTH,
        )
