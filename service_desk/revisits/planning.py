"""The planning of revisits: outdated ones are cancelled, due ones get a day (DESIGN §2.5).

Revisits are held, released and cancelled by every run. It plans once a day of the desk, and again
when something that a plan follows from has changed since: it reads cadence, tier, last contact and
open complaints anew, compares the plan that follows with the one that is stored, and writes the
difference. What changes it rarely (a new agent, a customer who opts in again) is left to the next
night.
"""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch, fetch_as, fetch_value, transaction
from service_desk.principal import Role
from service_desk.revisits.workdays import office_calendar
from service_desk.rows import delete, list_rows
from service_desk.rules.customers.revisit_cadence import (
    CADENCES,
    Cadence,
    RevisitKind,
    RevisitPolicy,
    calls_after_resolution,
    next_due,
)
from service_desk.rules.customers.revisit_planning import DueRevisit, Plan, Slot, assign_revisits
from service_desk.rules.customers.tiering import TIERS, Tier
from service_desk.settings import get_settings
from service_desk.tables import RevisitPlanning, Staff
from service_desk.tables.conditions import HAS_ENDED, IS_OPEN

POLICY = RevisitPolicy()
HORIZON = timedelta(days=14)
AFTER_RESOLUTION_WINDOW = timedelta(days=30)
PLANNING_LOCK = 0x5E_D35D  # one planner at a time: it weighs all revisits against each other

LOCK_PLANNING = "SELECT pg_try_advisory_xact_lock($1)"
HAS_OPEN_COMPLAINT = f"""EXISTS (
    SELECT FROM ticket o WHERE o.customer = {{customer}} AND o.kind = 'complaint'
        AND o.merged_into IS NULL AND o.{IS_OPEN})"""
HOLD = f"""
UPDATE revisit r SET state = 'held'
WHERE state = 'planned' AND {HAS_OPEN_COMPLAINT.format(customer="r.customer")}
RETURNING id
"""
RELEASE = f"""
UPDATE revisit r SET state = 'planned', due_on = greatest(due_on, $1)
WHERE state = 'held' AND NOT {HAS_OPEN_COMPLAINT.format(customer="r.customer")}
"""
# Planned again: what is committed while a run reads may be as old as a minute.
IS_PLANNING_DUE = """
SELECT last.since IS NULL
    OR EXISTS (SELECT FROM ticket WHERE kind = 'complaint' AND resolved_at >= last.since)
    OR EXISTS (SELECT FROM revisit WHERE done_at >= last.since)
    OR EXISTS (SELECT FROM tier_change WHERE at >= last.since)
FROM (SELECT max(at) - interval '1 minute' AS since FROM revisit_planning WHERE day = $1) AS last
"""
RECORD_PLANNING = """
INSERT INTO revisit_planning (day, planned_count, at) VALUES ($1, $2, $3)
ON CONFLICT (day) DO UPDATE SET planned_count = excluded.planned_count, at = excluded.at
"""
# Few changes of tier are younger than the oldest plan: they are read once, not per revisit.
CANCEL_OUTDATED = """
UPDATE revisit r SET state = 'cancelled'
FROM customer c
LEFT JOIN (
    SELECT customer, max(at) AS at FROM tier_change
    WHERE at > (SELECT min(created_at) FROM revisit WHERE state = 'planned')
    GROUP BY customer) AS changed ON changed.customer = c.id
WHERE r.customer = c.id AND r.state = 'planned' AND r.attempts = 0 AND (
    c.phone IS NULL OR c.opted_out_at IS NOT NULL
    OR (r.kind = 'call' AND c.last_contact_at > r.created_at)
    OR (r.kind IN ('call', 'visit') AND changed.at > r.created_at))
RETURNING r.id
"""
# With an open complaint, the customer is not called about anything else.
CAN_BE_CALLED = f"""c.phone IS NOT NULL AND c.opted_out_at IS NULL
    AND NOT {HAS_OPEN_COMPLAINT.format(customer="c.id")}"""
RESOLVED_COMPLAINTS = f"""
SELECT t.id AS ticket, t.customer, t.resolved_at, c.tier, rating.score,
    coalesce(t.assignee, c.owner) AS agent,
    (SELECT count(*) FROM revisit r WHERE r.customer = t.customer AND r.ticket = t.id
        AND r.created_at >= t.resolved_at) AS calls
FROM ticket t
JOIN customer c ON c.id = t.customer
LEFT JOIN rating ON rating.ticket = t.id
WHERE t.resolved_at >= $1 AND t.kind = 'complaint' AND t.{HAS_ENDED}
    AND t.merged_into IS NULL AND {CAN_BE_CALLED}
    AND NOT EXISTS (SELECT FROM revisit WHERE customer = c.id AND state IN ('planned', 'held')
        AND (kind <> 'call' OR attempts > 0))
"""
# $1, $2, $3: see _latest_relevant_contact(), for the tiers A, B and C.
CUSTOMERS_DUE = f"""
SELECT c.id AS customer, c.tier, c.owner,
    greatest(coalesce(c.last_contact_at, c.created_at), done.at) AS last_contact,
    coalesce(done.visited_at, c.created_at) AS last_visit
FROM customer c
LEFT JOIN (
    SELECT customer, max(done_at) AS at,
        max(done_at) FILTER (WHERE kind = 'visit') AS visited_at
    FROM revisit WHERE state = 'done' GROUP BY customer) AS done ON done.customer = c.id
WHERE {CAN_BE_CALLED}
    AND NOT EXISTS (SELECT FROM revisit WHERE customer = c.id AND state IN ('planned', 'held'))
    AND coalesce(c.last_contact_at, c.created_at)
        < CASE c.tier WHEN 'A' THEN $1::timestamptz WHEN 'B' THEN $2 ELSE $3 END
"""
# What is overdue is done today.
BOOKED = """
SELECT assignee, greatest(due_on, $1) AS on_day, count(*) AS booked FROM revisit
WHERE state = 'planned' AND assignee IS NOT NULL GROUP BY 1, 2
"""
REPLACE_CALLS = """
UPDATE revisit SET state = 'cancelled'
WHERE customer = ANY($1) AND kind = 'call' AND state IN ('planned', 'held')
"""
INSERT_PLANNED = """
INSERT INTO revisit (customer, kind, ticket, target_on, due_on, assignee, state, attempts, note,
    created_at)
SELECT customer, kind, ticket, target_on, due_on, assignee, 'planned', 0, '', $7
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::date[], $5::date[], $6::bigint[])
    AS p (customer, kind, ticket, target_on, due_on, assignee)
"""


class PlanningResult(Struct, frozen=True):
    """How many revisits one run planned, cancelled and put on hold. `no_capacity`: the customers
    for whom no agent had capacity within the window."""

    planned: int = 0
    cancelled: int = 0
    held: int = 0
    no_capacity: tuple[int, ...] = ()


class ResolvedComplaint(Struct, frozen=True):
    """`calls`: how many calls about it were planned since it was resolved."""

    ticket: int
    customer: int
    resolved_at: datetime
    tier: Tier
    score: int | None
    agent: int | None
    calls: int


class CustomerDue(Struct, frozen=True):
    customer: int
    tier: Tier
    owner: int | None
    last_contact: datetime
    last_visit: datetime


class ActiveStaff(Struct, frozen=True):
    id: int
    role: Role


async def plan_revisits(now: datetime) -> PlanningResult:
    """Plan what is due within two weeks. Running it again on the same day changes nothing, and
    plans nothing unless something has changed."""
    today = now.astimezone(get_settings().zone).date()
    held, cancelled = await _set_aside(today)
    async with transaction():  # while it reads and weighs, it locks nothing that others write
        if not await fetch_value(LOCK_PLANNING, PLANNING_LOCK):
            return PlanningResult(cancelled=cancelled, held=held)
        if not await fetch_value(IS_PLANNING_DUE, today):
            return PlanningResult(cancelled=cancelled, held=held)
        plan = await _plan(now)
        await _store(plan, now)
        await fetch(RECORD_PLANNING, today, len(plan.planned), now)
    left = tuple(revisit.customer for revisit in _without_capacity(plan))
    return PlanningResult(len(plan.planned), cancelled, held, left)


async def _set_aside(today: date) -> tuple[int, int]:
    """How many are held, and how many cancelled: for their customers the day is planned anew, also
    if this run gets no further."""
    async with transaction():
        if not await fetch_value(LOCK_PLANNING, PLANNING_LOCK):
            return 0, 0
        held = len(await fetch(HOLD))
        await fetch(RELEASE, today)
        # A day agreed with the customer is never cancelled.
        cancelled = len(await fetch(CANCEL_OUTDATED))
        if cancelled:
            await delete(RevisitPlanning, day=today)
    return held, cancelled


async def revisits_without_capacity(now: datetime) -> list[DueRevisit]:
    """Those that are due and would not be planned now: no agent has capacity in their window."""
    return _without_capacity(await _plan(now))


async def _plan(now: datetime) -> Plan:
    """Computed in a thread: with many customers it takes seconds, in which replies are sent and
    pages shown."""
    today = now.astimezone(get_settings().zone).date()
    return await asyncio.to_thread(
        assign_revisits,
        [*await _calls_after_resolution(now), *await _due_by_cadence(now)],
        today=today,
        is_workday=office_calendar().is_workday,
        capacity=await _capacity(),
        booked=await _booked(today),
        policy=POLICY,
    )


def _without_capacity(plan: Plan) -> list[DueRevisit]:
    return [item.revisit for item in plan.not_planned if item.reason == "no_capacity"]


async def _calls_after_resolution(now: datetime) -> list[DueRevisit]:
    """The next call about each recently resolved complaint. It replaces a call by cadence."""
    zone = get_settings().zone
    due: list[DueRevisit] = []
    since = now - AFTER_RESOLUTION_WINDOW
    for row in await fetch_as(ResolvedComplaint, RESOLVED_COMPLAINTS, since):
        resolved_on = row.resolved_at.astimezone(zone).date()
        days = calls_after_resolution(resolved_on, row.score, POLICY)
        due += [
            DueRevisit(row.customer, row.tier, day, "after_resolution", row.agent, row.ticket)
            for day in days[row.calls : row.calls + 1]
        ]
    return due


async def _due_by_cadence(now: datetime) -> list[DueRevisit]:
    """Customers with nothing planned whose window opens within the horizon."""
    cadence = CADENCES[get_settings().cadence]
    last_day = now.astimezone(get_settings().zone).date() + HORIZON
    latest = (_latest_relevant_contact(tier, cadence, now) for tier in TIERS)
    rows = await fetch_as(CustomerDue, CUSTOMERS_DUE, *latest)
    return await asyncio.to_thread(
        lambda: [due for row in rows for due in _due_of_customer(row, cadence, last_day)]
    )


def _due_of_customer(row: CustomerDue, cadence: Cadence, last_day: date) -> Iterator[DueRevisit]:
    zone = get_settings().zone
    last: dict[RevisitKind, date] = {
        "visit": row.last_visit.astimezone(zone).date(),
        "call": row.last_contact.astimezone(zone).date(),
    }
    width = timedelta(days=POLICY.windows[row.tier])
    for kind, day in last.items():
        due = next_due(kind, row.tier, day, cadence)
        if due is not None and due - width <= last_day:
            yield DueRevisit(row.customer, row.tier, due, kind, row.owner)


def _latest_relevant_contact(tier: Tier, cadence: Cadence, now: datetime) -> datetime:
    """A customer contacted after this cannot be due yet, so most rows are never read.

    A month counts as 28 days, so that nobody who is due is left out.
    """
    intervals = [each[tier] for each in (cadence.calls, cadence.visits) if tier in each]
    shortest = min((interval.days + 28 * interval.months for interval in intervals), default=0)
    return now + HORIZON + timedelta(days=POLICY.windows[tier] + 1 - shortest)


async def _capacity() -> dict[int, int]:
    """Revisits a day of each agent; on a desk without agents, of everybody."""
    staff = await list_rows(ActiveStaff, Staff, active=True)
    agents = [member.id for member in staff if member.role == "agent"]
    return dict.fromkeys(agents or [member.id for member in staff], POLICY.daily_capacity)


async def _booked(today: date) -> dict[Slot, int]:
    rows = await fetch(BOOKED, today)
    return {(row["assignee"], row["on_day"]): row["booked"] for row in rows}


async def _store(plan: Plan, now: datetime) -> None:
    about_complaints = [
        item.revisit.customer for item in plan.planned if item.revisit.ticket is not None
    ]
    await fetch(REPLACE_CALLS, about_complaints)
    await fetch(
        INSERT_PLANNED,
        [item.revisit.customer for item in plan.planned],
        [item.revisit.kind for item in plan.planned],
        [item.revisit.ticket for item in plan.planned],
        [item.revisit.target for item in plan.planned],
        [item.on for item in plan.planned],
        [item.agent for item in plan.planned],
        now,
    )
