"""What comes of a revisit, and the nightly planning (DESIGN §2.5)."""

from datetime import date, datetime, timedelta
from typing import Any

from service_desk.database import fetch, fetch_one, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound, StateCode
from service_desk.revisits.planning import PlanningResult, plan_revisits
from service_desk.revisits.schemas import OutcomeInput
from service_desk.revisits.workdays import office
from service_desk.rules.customers.revisit_cadence import NextStep, RevisitPolicy, after_outcome
from service_desk.settings import get_settings

__all__ = ["PlanningResult", "plan_revisits", "record_outcome"]

POLICY = RevisitPolicy()
MAX_DAYS_AHEAD = timedelta(days=366)


async def record_outcome(
    revisit: int, said: OutcomeInput, *, staff_id: int, now: datetime
) -> NextStep:
    """Close the revisit, or plan another attempt; the contact goes into the customer's log.

    Raises Conflict if it is done already, InvalidInput for a `next_on` that is not ahead.
    """
    today = now.astimezone(get_settings().zone).date()
    if said.next_on is not None:
        _check_next_on(said.next_on, today)
    async with transaction():
        row = await _lock(revisit)
        attempts = row["attempts"] + 1
        step = after_outcome(said.outcome, attempts, today, office().is_workday, POLICY)
        # Somebody who says when to call again has been agreed with: that replaces the retry.
        again_on = None if said.next_on else step.again_on
        await fetch(
            "UPDATE revisit SET state = CASE WHEN $2::date IS NULL THEN 'done' ELSE 'planned' END, "
            "due_on = coalesce($2, due_on), outcome = $3, attempts = $4, note = $5, "
            "assignee = coalesce(assignee, $6), "
            "done_at = CASE WHEN $2::date IS NULL THEN $7::timestamptz END WHERE id = $1",
            revisit, again_on, said.outcome, attempts, said.note, staff_id, now,
        )  # fmt: skip
        await _log_contact(row, said, staff_id, now)
        if said.next_on is not None:
            await fetch(
                "INSERT INTO revisit (customer, kind, ticket, target_on, due_on, assignee, state, "
                "attempts, note, created_at) "
                "VALUES ($1, 'agreed', $2, $3, $3, $4, 'planned', 0, '', $5)",
                row["customer"], row["ticket"], said.next_on,
                row["assignee"] or staff_id, now,
            )  # fmt: skip
    return step


async def _lock(revisit: int) -> Any:
    row = await fetch_one("SELECT * FROM revisit WHERE id = $1 FOR UPDATE", revisit)
    if row is None:
        raise NotFound("There is no revisit {revisit}.", revisit=revisit)
    if row["state"] not in ("planned", "held"):
        raise Conflict(
            "This revisit is {state}; an outcome is recorded while it is planned or held.",
            state=StateCode(row["state"], "revisit_state"),
        )
    return row


async def _log_contact(row: Any, said: OutcomeInput, staff_id: int, now: datetime) -> None:
    two_way = said.outcome != "no_answer"
    await fetch(
        "INSERT INTO contact_log (customer, staff, ticket, revisit, channel, direction, two_way, "
        "note, at) VALUES ($1, $2, $3, $4, $5, 'out', $6, $7, $8)",
        row["customer"], staff_id, row["ticket"], row["id"],
        "visit" if row["kind"] == "visit" else "call", two_way, said.note, now,
    )  # fmt: skip
    if two_way:
        await fetch(
            "UPDATE customer SET last_contact_at = greatest(last_contact_at, $2) WHERE id = $1",
            row["customer"],
            now,
        )


def _check_next_on(next_on: date, today: date) -> None:
    if not today < next_on <= today + MAX_DAYS_AHEAD:
        raise InvalidInput(
            "The next contact must be on a day from tomorrow to a year ahead; {next_on} is not.",
            field="next_on",
            next_on=next_on,
        )
