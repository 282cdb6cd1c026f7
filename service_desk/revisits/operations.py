"""Recording the outcome of a revisit (DESIGN §2.5)."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound, StateCode
from service_desk.jobs import wake
from service_desk.revisits.schemas import OutcomeInput
from service_desk.revisits.workdays import office_calendar
from service_desk.rows import get, insert, update
from service_desk.rules.customers.revisit_cadence import (
    NextStep,
    RevisitKind,
    RevisitPolicy,
    RevisitState,
    after_outcome,
)
from service_desk.settings import get_settings
from service_desk.tables import ContactLog, Revisit
from service_desk.tickets.change import RECORD_CONTACT

POLICY = RevisitPolicy()
MAX_DAYS_AHEAD = timedelta(days=366)


class LockedRevisit(Struct, frozen=True):
    id: int
    customer: int
    kind: RevisitKind
    ticket: int | None
    state: RevisitState
    due_on: date
    assignee: int | None
    attempts: int


async def record_outcome(
    revisit: int, outcome: OutcomeInput, *, staff_id: int, now: datetime
) -> NextStep:
    """Close the revisit, or plan another attempt; the contact goes into the customer's log.

    Raises NotFound, Conflict if it is already done, InvalidInput for a `next_on` not in the future.
    """
    today = now.astimezone(get_settings().zone).date()
    if outcome.next_on is not None:
        _check_next_on(outcome.next_on, today)
    async with transaction():
        locked = await _lock(revisit)
        is_workday = office_calendar().is_workday
        step = after_outcome(outcome.outcome, locked.attempts + 1, today, is_workday, POLICY)
        # A day agreed with the customer replaces the retry.
        again_on = None if outcome.next_on else step.again_on
        await _close_or_retry(locked, outcome, again_on, staff_id, now)
        await _log_contact(locked, outcome, staff_id, now)
        if outcome.next_on is not None:
            await _plan_agreed(locked, outcome.next_on, staff_id, now)
        wake("plan_revisits", about=revisit)
    return step


async def _lock(revisit: int) -> LockedRevisit:
    locked = await get(LockedRevisit, Revisit, lock=True, id=revisit)
    if locked is None:
        raise NotFound("There is no revisit {revisit}.", revisit=revisit)
    if locked.state not in ("planned", "held"):
        raise Conflict(
            "This revisit is {state}; an outcome is recorded while it is planned or held.",
            state=StateCode(locked.state, "revisit_state"),
        )
    return locked


async def _close_or_retry(
    locked: LockedRevisit,
    outcome: OutcomeInput,
    again_on: date | None,
    staff_id: int,
    now: datetime,
) -> None:
    values = {
        Revisit.state: "done" if again_on is None else "planned",
        Revisit.due_on: again_on or locked.due_on,
        Revisit.outcome: outcome.outcome,
        Revisit.attempts: locked.attempts + 1,
        Revisit.note: outcome.note,
        Revisit.assignee: locked.assignee or staff_id,
        Revisit.done_at: now if again_on is None else None,
    }
    await update(Revisit, values, id=locked.id)


async def _log_contact(
    locked: LockedRevisit, outcome: OutcomeInput, staff_id: int, now: datetime
) -> None:
    two_way = outcome.outcome != "no_answer"
    await insert(
        ContactLog,
        customer=locked.customer,
        staff=staff_id,
        ticket=locked.ticket,
        revisit=locked.id,
        channel="visit" if locked.kind == "visit" else "call",
        direction="out",
        two_way=two_way,
        note=outcome.note,
        at=now,
    )
    if two_way:
        await fetch(RECORD_CONTACT, locked.customer, now)


async def _plan_agreed(locked: LockedRevisit, on: date, staff_id: int, now: datetime) -> None:
    await insert(
        Revisit,
        customer=locked.customer,
        kind="agreed",
        ticket=locked.ticket,
        target_on=on,
        due_on=on,
        assignee=locked.assignee or staff_id,
        created_at=now,
    )


def _check_next_on(next_on: date, today: date) -> None:
    if not today < next_on <= today + MAX_DAYS_AHEAD:
        raise InvalidInput(
            "The next contact must be on a day from tomorrow to a year ahead; {next_on} is not.",
            field="next_on",
            next_on=next_on,
        )
