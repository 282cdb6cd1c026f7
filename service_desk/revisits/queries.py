"""Reads of revisits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch, fetch_as
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.revisits.planning import unplanned
from service_desk.revisits.schemas import RevisitView, UnplannedRevisit

_REVISITS = """
    SELECT r.id, r.kind, r.state, r.customer, c.name AS customer_name, c.phone, c.email, c.locale,
        c.tier, t.number AS ticket, r.target_on, r.due_on, s.email AS assignee,
        s.name AS assignee_name, r.outcome, r.attempts, r.note, r.done_at
    FROM revisit r
        JOIN customer c ON c.id = r.customer
        LEFT JOIN ticket t ON t.id = r.ticket
        LEFT JOIN staff s ON s.id = r.assignee
"""
# Overdue first, then A before B before C, as one would call them.
_ORDER = "ORDER BY r.due_on, c.tier, r.target_on, r.id"


class RevisitFilters(Struct, frozen=True):
    """`assignee`: an e-mail address; `due_from` and `due_to`: inclusive."""

    state: str | None = None
    assignee: str | None = None
    customer: int | None = None
    due_from: date | None = None
    due_to: date | None = None


class Columns(Struct, frozen=True):
    """The revisit page: what was due before is today's; `week` ends on `end_of_columns`."""

    today: Sequence[RevisitView]
    tomorrow: Sequence[RevisitView]
    week: Sequence[RevisitView]
    held: Sequence[RevisitView]


async def list_revisits(
    filters: RevisitFilters, *, limit: int, after: str | None
) -> Page[RevisitView]:
    """By the day they are due on; default state: planned; `any` for all."""
    cursor = decode_cursor(after, tuple[date, str, date, int]) if after else (None,) * 4
    rows = await fetch_as(
        RevisitView,
        f"{_REVISITS} WHERE ($1 = 'any' OR r.state = $1) AND ($2::text IS NULL OR s.email = $2) "
        "AND ($3::bigint IS NULL OR r.customer = $3) AND ($4::date IS NULL OR r.due_on >= $4) "
        "AND ($5::date IS NULL OR r.due_on <= $5) AND ($9::bigint IS NULL "
        "OR (r.due_on, c.tier, r.target_on, r.id) > ($6::date, $7::text, $8::date, $9)) "
        f"{_ORDER} LIMIT {limit + 1}",
        filters.state or "planned", filters.assignee, filters.customer,
        filters.due_from, filters.due_to, *cursor,
    )  # fmt: skip
    return make_page(rows, limit, lambda row: (row.due_on, row.tier, row.target_on, row.id))


async def revisit_columns(today: date, assignee: str | None) -> Columns:
    """What is to be done today, tomorrow and in the rest of the week, of one person or of all."""
    rows = await fetch_as(
        RevisitView,
        f"{_REVISITS} WHERE r.state IN ('planned', 'held') AND r.due_on <= $1 "
        f"AND ($2::text IS NULL OR s.email = $2) {_ORDER} LIMIT 1000",
        end_of_columns(today),
        assignee,
    )
    planned = [row for row in rows if row.state == "planned"]
    tomorrow = today + timedelta(days=1)
    return Columns(
        today=[row for row in planned if row.due_on <= today],
        tomorrow=[row for row in planned if row.due_on == tomorrow],
        week=[row for row in planned if row.due_on > tomorrow],
        held=[row for row in rows if row.state == "held"],
    )


async def unplanned_revisits(now: datetime) -> list[UnplannedRevisit]:
    """What the planner found no room for, A before B before C, the longest due first."""
    left = sorted(await unplanned(now), key=lambda w: (w.tier, w.target, w.customer))
    rows = await fetch(
        "SELECT id, coalesce(nullif(name, ''), phone) AS name FROM customer WHERE id = ANY($1)",
        [wanted.customer for wanted in left],
    )
    names = {row["id"]: row["name"] for row in rows}
    return [UnplannedRevisit(w.customer, names[w.customer], w.tier, w.kind, w.target) for w in left]


def end_of_columns(today: date) -> date:
    """The Sunday of this week; at a weekend, when nothing of that is left, of the next."""
    return sunday_of(today + timedelta(days=2))


def sunday_of(day: date) -> date:
    return day + timedelta(days=7 - day.isoweekday())


async def get_revisit(revisit: int) -> RevisitView:
    (found,) = await fetch_as(RevisitView, f"{_REVISITS} WHERE r.id = $1", revisit)
    return found
