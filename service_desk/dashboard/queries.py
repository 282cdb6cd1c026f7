"""Counts of open work, breaches and alerts. Each statement is answered from an index."""

from datetime import datetime

from msgspec import Struct

from service_desk.clocks.alert_recipients import IN_APP_RECIPIENTS
from service_desk.clocks.overdue import OVERDUE
from service_desk.database import fetch_as, fetch_value
from service_desk.rules.clocks.clock import Phase
from service_desk.rules.policies.policies import Recipient
from service_desk.rules.tickets.states import WAITING
from service_desk.rules.tickets.vocabulary import ClockName, Severity
from service_desk.tables.conditions import IS_OPEN, one_of

MAX_LISTED = 30
MAX_COUNTED = 1000  # more is shown as "999+"
RECENT_ALERTS = 10_000  # of the whole desk: among them one person's are looked for

# Literals, not parameters: the partial indexes need them.
IS_RECENT = f"a.id > (SELECT coalesce(max(id), 0) - {RECENT_ALERTS} FROM staff_alert)"
IS_UNFINISHED = "clock.phase IN ('running', 'paused')"

COUNTS = f"""
SELECT count(*) AS open, count(*) FILTER (WHERE assignee IS NULL) AS unassigned,
    count(*) FILTER (WHERE {one_of("state", WAITING)}) AS waiting,
    count(*) FILTER (WHERE severity = 'safety') AS safety,
    count(callback_requested_at) AS callbacks,
    (SELECT count(DISTINCT clock.ticket) FROM clock
        JOIN ticket late ON late.id = clock.ticket AND late.{IS_OPEN}
        WHERE {OVERDUE}) AS overdue,
    (SELECT count(*) FROM ticket WHERE received_at > $1 - interval '24 hours') AS received,
    (SELECT count(*) FROM ticket WHERE resolved_at > $1 - interval '24 hours') AS resolved
FROM ticket WHERE {IS_OPEN}
"""
LATEST_BREACHES = """
SELECT t.number, t.subject, t.severity, clock.name AS clock, clock.due_at, clock.met_at,
    clock.phase, staff.name AS assignee
FROM staff_alert a
JOIN clock ON clock.id = a.clock
JOIN ticket t ON t.id = a.ticket
LEFT JOIN staff ON staff.id = t.assignee
WHERE a.percent = 100 ORDER BY a.id DESC LIMIT $1
"""
LATEST_ALERTS = f"""
SELECT t.number, t.subject, clock.name AS clock, a.percent, a.at, a.recipients, a.notified_at,
    a.id > a.last_seen_alert AND {IS_UNFINISHED} AS unseen,
    coalesce((SELECT e.data -> 'recipients' FROM ticket_event e
        WHERE e.ticket = a.ticket AND e.type = 'staff.notified'
            AND e.data ->> 'clock' = clock.name
            AND (e.data ->> 'percent')::int = a.percent AND e.at >= a.at
        ORDER BY e.id LIMIT 1), '[]') AS notified
FROM (
    SELECT a.*, staff.last_seen_alert
    FROM staff, staff_alert a JOIN ticket t ON t.id = a.ticket JOIN clock ON clock.id = a.clock
    WHERE staff.id = $1 AND {IN_APP_RECIPIENTS} AND {IS_RECENT}
    ORDER BY a.id DESC LIMIT $2) AS a
JOIN clock ON clock.id = a.clock
JOIN ticket t ON t.id = a.ticket
ORDER BY a.at DESC, a.id DESC
"""
COUNT_UNSEEN = f"""
SELECT count(*) FROM (
    SELECT FROM staff, staff_alert a
        JOIN ticket t ON t.id = a.ticket
        JOIN clock ON clock.id = a.clock
    WHERE staff.id = $1 AND a.id > staff.last_seen_alert AND {IS_RECENT} AND {IS_UNFINISHED}
        AND {IN_APP_RECIPIENTS} LIMIT {MAX_COUNTED}) AS unseen
"""
PROPOSED_COMPENSATIONS = """
SELECT t.number, t.subject, c.name AS customer, x.amount, x.currency, x.reason,
    staff.name AS proposed_by, x.proposed_at
FROM compensation x
JOIN ticket t ON t.id = x.ticket
JOIN customer c ON c.id = t.customer
LEFT JOIN staff ON staff.id = x.proposed_by
WHERE x.state = 'proposed' ORDER BY x.proposed_at, x.id LIMIT $1
"""
OVERDUE_TICKETS = f"""
SELECT DISTINCT clock.ticket FROM clock JOIN ticket ON ticket.id = clock.ticket
WHERE {OVERDUE} AND ticket.{IS_OPEN}"""
COUNT_OVERDUE = f"SELECT count(*) FROM ({OVERDUE_TICKETS} LIMIT {MAX_COUNTED}) AS overdue"
COUNT_OVERDUE_OF_ASSIGNEE = f"""
SELECT count(*) FROM ({OVERDUE_TICKETS} AND ticket.assignee = $2 LIMIT {MAX_COUNTED}) AS overdue
"""


class OpenWork(Struct, frozen=True):
    """Counts of tickets neither resolved nor closed; `received`, `resolved`: within 24 hours."""

    open: int
    unassigned: int
    waiting: int
    safety: int
    callbacks: int
    overdue: int
    received: int
    resolved: int


class Breach(Struct, frozen=True):
    """`met_at`: when the clock was met late; `phase` cancelled: it never was."""

    number: str
    subject: str
    severity: Severity
    clock: ClockName
    due_at: datetime
    met_at: datetime | None
    phase: Phase
    assignee: str | None


class Alert(Struct, frozen=True):
    """`notified`: e-mail addresses of who got a message;
    `unseen`: the reader has not looked at it yet."""

    number: str
    subject: str
    clock: ClockName
    percent: int
    at: datetime
    recipients: list[Recipient]
    notified_at: datetime | None
    notified: list[str]
    unseen: bool


class ProposedCompensation(Struct, frozen=True):
    """Compensation that awaits a supervisor's decision. `amount` in minor units."""

    number: str
    subject: str
    customer: str
    amount: int
    currency: str
    reason: str
    proposed_by: str | None
    proposed_at: datetime


async def open_work(now: datetime) -> OpenWork:
    (counts,) = await fetch_as(OpenWork, COUNTS, now)
    return counts


async def latest_breaches() -> list[Breach]:
    """Newest first."""
    return await fetch_as(Breach, LATEST_BREACHES, MAX_LISTED)


async def latest_alerts(staff_id: int) -> list[Alert]:
    """The alerts for that person, newest first."""
    return await fetch_as(Alert, LATEST_ALERTS, staff_id, MAX_LISTED)


async def count_unseen_alerts(staff_id: int) -> int:
    """Alerts for that person since they last looked, of clocks not yet finished; MAX_COUNTED at
    most."""
    return await fetch_value(COUNT_UNSEEN, staff_id)


async def proposed_compensations() -> list[ProposedCompensation]:
    """Oldest first."""
    return await fetch_as(ProposedCompensation, PROPOSED_COMPENSATIONS, MAX_LISTED)


async def count_overdue(now: datetime, assignee: int | None) -> int:
    """Open tickets with an overdue clock, of one assignee or (None) of all; MAX_COUNTED at most:
    the bell on every page asks twice a minute."""
    if assignee is None:
        return await fetch_value(COUNT_OVERDUE, now)
    return await fetch_value(COUNT_OVERDUE_OF_ASSIGNEE, now, assignee)
