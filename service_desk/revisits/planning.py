"""The nightly planning of revisits: what no longer holds goes, what is due gets a day.

Truth is asked each time anew: cadence, tier, last contact and open complaints are read, the plan
that follows from them is compared with the one that stands, and only the difference is written.
"""

from datetime import date, datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch, fetch_value, transaction
from service_desk.revisits.workdays import office
from service_desk.rules.customers.revisit_cadence import (
    CADENCES,
    Cadence,
    RevisitKind,
    RevisitPolicy,
    calls_after_resolution,
    next_due,
)
from service_desk.rules.customers.revisit_planning import DueRevisit, Plan, Slot, assign_revisits
from service_desk.rules.customers.tiering import Tier
from service_desk.settings import get_settings

POLICY = RevisitPolicy()
HORIZON = timedelta(days=14)
AFTER_RESOLUTION_WINDOW = timedelta(days=30)
PLANNING_LOCK = 0x5E_D35D  # one planner at a time: it weighs all revisits against each other


class PlanningResult(Struct, frozen=True):
    """What one planning did. `full`: customers for whom no agent had room in their window."""

    planned: int = 0
    cancelled: int = 0
    held: int = 0
    full: tuple[int, ...] = ()


async def plan_revisits(now: datetime) -> PlanningResult:
    """Plan what is due within two weeks. Doing it again the same day changes nothing."""
    today = now.astimezone(get_settings().zone).date()
    async with transaction():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock($1)", PLANNING_LOCK):
            return PlanningResult()
        held = await _hold_and_release(today)
        cancelled = await _cancel_outdated()
        made = await _plan(now)
        await _write(made, now)
    full = tuple(wanted.customer for wanted in _unplanned(made))
    return PlanningResult(len(made.planned), cancelled, held, full)


async def unplanned(now: datetime) -> list[DueRevisit]:
    """What would not fit if one planned now: due, and no agent has room in its window."""
    return _unplanned(await _plan(now))


async def _plan(now: datetime) -> Plan:
    today = now.astimezone(get_settings().zone).date()
    return assign_revisits(
        [*await _calls_after_resolution(now), *await _due_by_cadence(now)],
        today=today,
        is_workday=office().is_workday,
        capacity=await _capacity(),
        booked=await _booked(today),
        policy=POLICY,
    )


def _unplanned(made: Plan) -> list[DueRevisit]:
    return [item.wanted for item in made.not_planned if item.why == "full"]


async def _hold_and_release(today: date) -> int:
    """An open complaint holds its customer's revisits; once it is over, they are due again."""
    held = await fetch(
        f"UPDATE revisit r SET state = 'held' WHERE state = 'planned' AND {_HAS_OPEN_COMPLAINT} RETURNING id"
    )
    await fetch(
        "UPDATE revisit r SET state = 'planned', due_on = greatest(due_on, $1) "
        f"WHERE state = 'held' AND NOT {_HAS_OPEN_COMPLAINT}",
        today,
    )
    return len(held)


_HAS_OPEN_COMPLAINT = (
    "EXISTS (SELECT FROM ticket t WHERE t.customer = r.customer AND t.kind = 'complaint' "
    "AND t.state NOT IN ('resolved', 'closed') AND t.merged_into IS NULL)"
)


async def _cancel_outdated() -> int:
    """Revisits not yet tried that nobody would plan today: the customer was in touch since, or
    changed tier, opted out, has no phone number any more. A day agreed with them stands."""
    cancelled = await fetch(
        "UPDATE revisit r SET state = 'cancelled' FROM customer c "
        # Few changes of tier are younger than the oldest plan: they are read once, not per revisit.
        "LEFT JOIN (SELECT customer, max(at) AS at FROM tier_change WHERE at > "
        "(SELECT min(created_at) FROM revisit WHERE state = 'planned') GROUP BY customer) "
        "AS moved ON moved.customer = c.id "
        "WHERE r.customer = c.id AND r.state = 'planned' AND r.attempts = 0 AND ("
        "c.phone IS NULL OR c.opted_out_at IS NOT NULL "
        "OR (r.kind = 'call' AND c.last_contact_at > r.created_at) "
        "OR (r.kind IN ('call', 'visit') AND moved.at > r.created_at)) RETURNING r.id"
    )
    return len(cancelled)


async def _calls_after_resolution(now: datetime) -> list[DueRevisit]:
    """The next call about each complaint resolved lately. It takes the place of a cadence call."""
    rows = await fetch(
        "SELECT t.id, t.customer, t.resolved_at, c.tier, rating.score, "
        "coalesce(t.assignee, c.owner) AS agent, "
        "(SELECT count(*) FROM revisit r WHERE r.customer = t.customer AND r.ticket = t.id "
        "AND r.created_at >= t.resolved_at) AS made "
        "FROM ticket t JOIN customer c ON c.id = t.customer "
        "LEFT JOIN rating ON rating.ticket = t.id "
        "WHERE t.resolved_at >= $1 AND t.kind = 'complaint' AND t.state IN ('resolved', 'closed') "
        f"AND t.merged_into IS NULL AND {_REACHABLE} AND NOT EXISTS (SELECT FROM revisit "
        "WHERE customer = c.id AND state IN ('planned', 'held') "
        "AND (kind <> 'call' OR attempts > 0))",
        now - AFTER_RESOLUTION_WINDOW,
    )
    zone = get_settings().zone
    wanted: list[DueRevisit] = []
    for row in rows:
        resolved_on = row["resolved_at"].astimezone(zone).date()
        days = calls_after_resolution(resolved_on, row["score"], POLICY)
        wanted += [
            DueRevisit(
                row["customer"], row["tier"], day, "after_resolution", row["agent"], row["id"]
            )
            for day in days[row["made"] : row["made"] + 1]
        ]
    return wanted


# An open complaint comes first: its customer is not called about anything else.
_REACHABLE = (
    "c.phone IS NOT NULL AND c.opted_out_at IS NULL AND NOT EXISTS (SELECT FROM ticket o "
    "WHERE o.customer = c.id AND o.kind = 'complaint' AND o.merged_into IS NULL "
    "AND o.state NOT IN ('resolved', 'closed'))"
)


async def _due_by_cadence(now: datetime) -> list[DueRevisit]:
    """Customers with nothing planned whose window opens within the horizon."""
    zone, cadence = get_settings().zone, CADENCES[get_settings().cadence]
    today = now.astimezone(zone).date()
    rows = await fetch(
        "SELECT c.id, c.tier, c.owner, "
        "greatest(coalesce(c.last_contact_at, c.created_at), done.at) AS last_contact, "
        "coalesce(done.visited_at, c.created_at) AS last_visit FROM customer c "
        "LEFT JOIN (SELECT customer, max(done_at) AS at, "
        "max(done_at) FILTER (WHERE kind = 'visit') AS visited_at "
        "FROM revisit WHERE state = 'done' GROUP BY customer) AS done ON done.customer = c.id "
        f"WHERE {_REACHABLE} AND NOT EXISTS (SELECT FROM revisit "
        "WHERE customer = c.id AND state IN ('planned', 'held')) "
        "AND coalesce(c.last_contact_at, c.created_at) "
        "< CASE c.tier WHEN 'A' THEN $1::timestamptz WHEN 'B' THEN $2 ELSE $3 END",
        *(_latest_relevant_contact(tier, cadence, now) for tier in ("A", "B", "C")),
    )
    wanted: list[DueRevisit] = []
    for row in rows:
        last: dict[RevisitKind, date] = {
            "visit": row["last_visit"].astimezone(zone).date(),
            "call": row["last_contact"].astimezone(zone).date(),
        }
        for kind, day in last.items():
            due = next_due(kind, row["tier"], day, cadence)
            width = timedelta(days=POLICY.windows[row["tier"]])
            if due is not None and due - width <= today + HORIZON:
                wanted.append(DueRevisit(row["id"], row["tier"], due, kind, row["owner"]))
    return wanted


def _latest_relevant_contact(tier: Tier, cadence: Cadence, now: datetime) -> datetime:
    """Whoever was in touch after this cannot be due yet, so that most rows are never read.

    A month counts as 28 days, so nobody is left out who should not be.
    """
    intervals = [each[tier] for each in (cadence.calls, cadence.visits) if tier in each]
    shortest = min((interval.days + 28 * interval.months for interval in intervals), default=0)
    return now + HORIZON + timedelta(days=POLICY.windows[tier] + 1 - shortest)


async def _capacity() -> dict[int, int]:
    """Agents call customers; on a desk without agents everybody does."""
    rows = await fetch("SELECT id, role FROM staff WHERE active")
    agents = [row["id"] for row in rows if row["role"] == "agent"]
    callers = agents or [row["id"] for row in rows]
    return dict.fromkeys(callers, POLICY.daily_capacity)


async def _booked(today: date) -> dict[Slot, int]:
    """What agents have already, per day; what is overdue waits for them today."""
    rows = await fetch(
        "SELECT assignee, greatest(due_on, $1) AS on_day, count(*) AS booked FROM revisit "
        "WHERE state = 'planned' AND assignee IS NOT NULL GROUP BY 1, 2",
        today,
    )
    return {(row["assignee"], row["on_day"]): row["booked"] for row in rows}


async def _write(made: Plan, now: datetime) -> None:
    about_complaints = [p.wanted.customer for p in made.planned if p.wanted.ticket is not None]
    await fetch(
        "UPDATE revisit SET state = 'cancelled' WHERE customer = ANY($1) AND kind = 'call' "
        "AND state IN ('planned', 'held')",
        about_complaints,
    )
    await fetch(
        "INSERT INTO revisit (customer, kind, ticket, target_on, due_on, assignee, state, "
        "attempts, note, created_at) "
        "SELECT customer, kind, ticket, target_on, due_on, assignee, 'planned', 0, '', $7 "
        "FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::date[], $5::date[], $6::bigint[]) "
        "AS p (customer, kind, ticket, target_on, due_on, assignee)",
        [item.wanted.customer for item in made.planned],
        [item.wanted.kind for item in made.planned],
        [item.wanted.ticket for item in made.planned],
        [item.wanted.target for item in made.planned],
        [item.on for item in made.planned],
        [item.agent for item in made.planned],
        now,
    )
