"""Counts of open work, promises broken, alerts. Each reads an index."""

from datetime import datetime

from msgspec import Struct

from service_desk.clocks.alert_recipients import IN_APP_RECIPIENTS
from service_desk.clocks.overdue import OVERDUE
from service_desk.database import fetch_as, fetch_one, fetch_value

MOST = 30
MANY = 1000
RECENT = 10_000
"""Alerts of the desk's that are looked through for somebody's: the bell never asks for more."""

_RECENT = f"a.id > (SELECT coalesce(max(id), 0) - {RECENT} FROM staff_alert)"
_GOING = "clock.phase IN ('running', 'paused')"


class Counts(Struct, frozen=True):
    """Of tickets neither resolved nor closed; `received` and `resolved`: within 24 hours."""

    open: int
    unassigned: int
    waiting: int
    safety: int
    callbacks: int
    overdue: int
    received: int
    resolved: int


class Broken(Struct, frozen=True):
    """A promise that was broken; `met_at`: kept too late; `phase` cancelled: it never was."""

    number: str
    subject: str
    severity: str
    clock: str
    due_at: datetime
    met_at: datetime | None
    phase: str
    assignee: str | None


class Alert(Struct, frozen=True):
    """`roles`: who was to be told, comma-separated; `told`: who was, by e-mail address. `fresh`:
    the reader has not seen it yet."""

    number: str
    subject: str
    clock: str
    percent: int
    at: datetime
    roles: str
    notified_at: datetime | None
    told: list[str]
    fresh: bool


class ProposedCompensation(Struct, frozen=True):
    """Compensation that waits for a supervisor's word. `amount` in minor units."""

    number: str
    subject: str
    customer: str
    amount: int
    currency: str
    reason: str
    proposed_by: str | None
    proposed_at: datetime


async def open_work_counts(now: datetime) -> Counts:
    row = await fetch_one(
        f"""
        SELECT count(*) AS open, count(*) FILTER (WHERE assignee IS NULL) AS unassigned,
            count(*) FILTER (WHERE state LIKE 'waiting%') AS waiting,
            count(*) FILTER (WHERE severity = 'safety') AS safety,
            count(callback_requested_at) AS callbacks,
            (SELECT count(DISTINCT clock.ticket) FROM clock JOIN ticket late
                ON late.id = clock.ticket AND late.state NOT IN ('resolved', 'closed')
                WHERE {OVERDUE}) AS overdue,
            (SELECT count(*) FROM ticket WHERE received_at > $1 - interval '24 hours') AS received,
            (SELECT count(*) FROM ticket WHERE resolved_at > $1 - interval '24 hours') AS resolved
        FROM ticket WHERE state NOT IN ('resolved', 'closed')
        """,
        now,
    )
    return Counts(**dict(row)) if row else Counts(0, 0, 0, 0, 0, 0, 0, 0)


async def latest_breaches() -> list[Broken]:
    """The newest breaches, by what the history says."""
    return await fetch_as(
        Broken,
        """
        SELECT t.number, t.subject, t.severity, clock.name AS clock, clock.due_at, clock.met_at,
            clock.phase, staff.name AS assignee
        FROM staff_alert a JOIN clock ON clock.id = a.clock JOIN ticket t ON t.id = a.ticket
            LEFT JOIN staff ON staff.id = t.assignee
        WHERE a.percent = 100 ORDER BY a.id DESC LIMIT $1
        """,
        MOST,
    )


async def latest_alerts(staff_id: int) -> list[Alert]:
    """Those that concern that person, the newest first."""
    return await fetch_as(
        Alert,
        f"""
        SELECT t.number, t.subject, clock.name AS clock, a.percent, a.at, a.roles, a.notified_at,
            a.id > a.last_seen_alert AND {_GOING} AS fresh,
            coalesce((SELECT e.data -> 'recipients' FROM ticket_event e
                WHERE e.ticket = a.ticket AND e.type = 'staff.notified'
                    AND e.data ->> 'clock' = clock.name
                    AND (e.data ->> 'percent')::int = a.percent AND e.at >= a.at
                ORDER BY e.id LIMIT 1), '[]') AS told
        FROM (SELECT a.*, staff.last_seen_alert FROM staff, staff_alert a
                JOIN ticket t ON t.id = a.ticket
                WHERE staff.id = $1 AND {IN_APP_RECIPIENTS} AND {_RECENT} ORDER BY a.id DESC LIMIT $2) a
            JOIN clock ON clock.id = a.clock JOIN ticket t ON t.id = a.ticket
        ORDER BY a.at DESC, a.id DESC
        """,
        staff_id,
        MOST,
    )


async def count_unseen_alerts(staff_id: int) -> int:
    """How many concern that person, of clocks still going, since they last looked; MANY at most."""
    return await fetch_value(
        f"""
        SELECT count(*) FROM (
            SELECT FROM staff, staff_alert a JOIN ticket t ON t.id = a.ticket
                JOIN clock ON clock.id = a.clock
            WHERE staff.id = $1 AND a.id > staff.last_seen_alert AND {_RECENT} AND {_GOING}
                AND {IN_APP_RECIPIENTS} LIMIT {MANY}) AS fresh
        """,
        staff_id,
    )


async def proposed_compensations() -> list[ProposedCompensation]:
    """Those that wait longest first."""
    return await fetch_as(
        ProposedCompensation,
        "SELECT t.number, t.subject, c.name AS customer, x.amount, x.currency, x.reason, "
        "staff.name AS proposed_by, x.proposed_at FROM compensation x "
        "JOIN ticket t ON t.id = x.ticket JOIN customer c ON c.id = t.customer "
        "LEFT JOIN staff ON staff.id = x.proposed_by "
        "WHERE x.state = 'proposed' ORDER BY x.proposed_at, x.id LIMIT $1",
        MOST,
    )


async def count_overdue(now: datetime, assignee: int | None) -> int:
    """Open tickets with a promise now broken, of one person or (None) of everybody; MANY at most:
    the bell in everybody's header asks twice a minute."""
    mine = "" if assignee is None else "AND ticket.assignee = $2 "
    return await fetch_value(
        "SELECT count(*) FROM (SELECT DISTINCT clock.ticket FROM clock "
        "JOIN ticket ON ticket.id = clock.ticket "
        f"WHERE {OVERDUE} AND ticket.state NOT IN ('resolved', 'closed') {mine}"
        f"LIMIT {MANY}) AS overdue",
        *([now] if assignee is None else [now, assignee]),
    )
