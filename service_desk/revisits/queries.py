"""Reads of revisits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.errors import NotFound
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.revisits.planning import revisits_without_capacity
from service_desk.revisits.schemas import RevisitView, UnplannedRevisitView
from service_desk.rows import is_in, list_rows
from service_desk.rules.customers.revisit_cadence import RevisitState
from service_desk.tables import Customer

MAX_SHOWN = 1000

# revisit.ticket is no foreign key, so Piccolo cannot join it.
REVISITS = """
SELECT r.id, r.kind, r.state, r.customer, c.name AS customer_name, c.phone, c.phone_extension,
    c.email, c.locale, c.tier, t.number AS ticket, r.target_on, r.due_on, s.email AS assignee,
    s.name AS assignee_name, r.outcome, r.attempts, r.note, r.done_at
FROM revisit r
JOIN customer c ON c.id = r.customer
LEFT JOIN ticket t ON t.id = r.ticket
LEFT JOIN staff s ON s.id = r.assignee
"""
# Overdue first, then A before B before C.
ORDER = "ORDER BY r.due_on, c.tier, r.target_on, r.id"
LIST_REVISITS = f"""{REVISITS}
WHERE ($1 = 'any' OR r.state = $1) AND ($2::text IS NULL OR s.email = $2)
    AND ($3::bigint IS NULL OR r.customer = $3)
    AND ($4::date IS NULL OR r.due_on >= $4) AND ($5::date IS NULL OR r.due_on <= $5)
    AND ($9::bigint IS NULL
        OR (r.due_on, c.tier, r.target_on, r.id) > ($6::date, $7::text, $8::date, $9))
{ORDER} LIMIT $10
"""
OPEN_REVISITS = f"""{REVISITS}
WHERE r.state IN ('planned', 'held') AND r.due_on <= $1 AND ($2::text IS NULL OR s.email = $2)
{ORDER} LIMIT $3
"""
GET_REVISIT = f"{REVISITS} WHERE r.id = $1"


class RevisitFilters(Struct, frozen=True):
    """`state`: "any" for all; `assignee`: an e-mail address; `due_from`, `due_to`: inclusive."""

    state: RevisitState | Literal["any"] | None = None
    assignee: str | None = None
    customer: int | None = None
    due_from: date | None = None
    due_to: date | None = None


class Columns(Struct, frozen=True):
    """The revisit page: `today` has the overdue ones too, `week` ends on `end_of_columns`."""

    today: Sequence[RevisitView]
    tomorrow: Sequence[RevisitView]
    week: Sequence[RevisitView]
    held: Sequence[RevisitView]


class _NamedCustomer(Struct, frozen=True):
    id: int
    name: str
    phone: str | None


async def list_revisits(
    filters: RevisitFilters, *, limit: int, after: str | None
) -> Page[RevisitView]:
    """By the day they are due on; without a state, those planned."""
    cursor = decode_cursor(after, tuple[date, str, date, int]) if after else (None,) * 4
    rows = await fetch_as(
        RevisitView,
        LIST_REVISITS,
        filters.state or "planned",
        filters.assignee,
        filters.customer,
        filters.due_from,
        filters.due_to,
        *cursor,
        limit + 1,
    )
    return make_page(rows, limit, lambda row: (row.due_on, row.tier, row.target_on, row.id))


async def revisit_columns(today: date, assignee: str | None) -> Columns:
    """Revisits for today, tomorrow and the rest of the week, of one assignee or of all."""
    rows = await fetch_as(RevisitView, OPEN_REVISITS, end_of_columns(today), assignee, MAX_SHOWN)
    planned = [row for row in rows if row.state == "planned"]
    tomorrow = today + timedelta(days=1)
    return Columns(
        today=[row for row in planned if row.due_on <= today],
        tomorrow=[row for row in planned if row.due_on == tomorrow],
        week=[row for row in planned if row.due_on > tomorrow],
        held=[row for row in rows if row.state == "held"],
    )


async def unplanned_revisits(now: datetime) -> list[UnplannedRevisitView]:
    """Due revisits that no agent has capacity for: A before B before C, earliest target first."""
    revisits = await revisits_without_capacity(now)
    if not revisits:
        return []
    ids = {revisit.customer for revisit in revisits}
    customers = await list_rows(_NamedCustomer, Customer, is_in(Customer.id, ids))
    names = {customer.id: customer.name or customer.phone or "" for customer in customers}
    views = [
        UnplannedRevisitView(
            revisit.customer, names[revisit.customer], revisit.tier, revisit.kind, revisit.target
        )
        for revisit in revisits
    ]
    return sorted(views, key=lambda view: (view.tier, view.target_on, view.customer))


async def get_revisit(revisit: int) -> RevisitView:
    """Raises NotFound."""
    rows = await fetch_as(RevisitView, GET_REVISIT, revisit)
    if not rows:
        raise NotFound("There is no revisit {revisit}.", revisit=revisit)
    return rows[0]


def end_of_columns(today: date) -> date:
    """The Sunday of this week; on a weekend, of the next week."""
    return sunday_of(today + timedelta(days=2))


def sunday_of(day: date) -> date:
    return day + timedelta(days=7 - day.isoweekday())
