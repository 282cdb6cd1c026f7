"""Reads of tickets: the whole of one, the queue in its order, the list newest first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service_desk.clocks.overdue import BREACHED, OVERDUE
from service_desk.database import fetch_as
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rules.tickets.sought import read_sought
from service_desk.tables.conditions import IS_OPEN, queue_order
from service_desk.ticket_views.finding import FOUND, found_arguments, place_in_queue
from service_desk.ticket_views.schemas import (
    TicketFilters,
    TicketSummary,
)

# OFFSET 0 keeps it a lookup for each ticket of a page. Without it the planner expects to need all
# open tickets, and reads every clock beforehand.
_BREACHED = f"EXISTS (SELECT FROM clock WHERE clock.ticket = t.id AND {BREACHED} OFFSET 0)"
# Few tickets are overdue, and an index finds their clocks.
_OVERDUE = f"t.id IN (SELECT clock.ticket FROM clock WHERE {OVERDUE})"
_SUMMARY = f"""
    SELECT t.id, t.number, t.kind, t.subject, t.state, t.severity, t.channel,
        c.name AS customer_name, c.phone AS customer_phone, c.tier, category.code AS category,
        supplier.name AS supplier, staff.email AS assignee, staff.name AS assignee_name,
        duplicate.number AS duplicate_of, t.received_at, t.last_message_at,
        t.callback_requested_at, t.rank_at, t.rank_because, {_BREACHED} AS breached,
        EXISTS (SELECT FROM clock WHERE clock.ticket = t.id AND {OVERDUE} OFFSET 0) AS overdue
    FROM ticket t
        JOIN customer c ON c.id = t.customer
        LEFT JOIN category ON category.id = t.category
        LEFT JOIN supplier ON supplier.id = t.supplier
        LEFT JOIN staff ON staff.id = t.assignee
        LEFT JOIN ticket duplicate ON duplicate.id = t.duplicate_of
"""
_QUEUE_ORDER = queue_order("t.")
_AFTER_IN_QUEUE = f"({_QUEUE_ORDER}) > ({{}}, coalesce({{}}::timestamptz, 'infinity'), {{}}, {{}})"
_BEFORE_IN_LIST = "(t.received_at, t.id) < ({}, {})"
_UNASSIGNED = "t.assignee IS NULL"
_ASSIGNED_TO = "staff.email = {}"
_IN_STATE = "t.state = {}"
_IN_CATEGORY = """t.category IN (SELECT child.id FROM category child
    LEFT JOIN category parent ON parent.id = child.parent WHERE {} IN (child.code, parent.code))"""


async def queue_page(
    filters: TicketFilters, *, limit: int, after: str | None, now: datetime
) -> Page[TicketSummary]:
    """Ranked tickets that are neither resolved nor closed, the most urgent first (DESIGN §2.4)."""
    where = _Where(now)
    where.add(f"t.{IS_OPEN}")
    _apply_filters(where, filters)
    if after is not None:
        place = decode_cursor(after, tuple[bool, datetime | None, datetime, int])
        where.add(_AFTER_IN_QUEUE, *place)
    rows = await fetch_as(
        TicketSummary,
        f"{_SUMMARY} WHERE {where} ORDER BY {_QUEUE_ORDER} LIMIT {limit + 1}",
        *where.args,
    )
    return make_page(rows, limit, place_in_queue)


async def ticket_list(
    filters: TicketFilters, *, limit: int, after: str | None, now: datetime
) -> Page[TicketSummary]:
    """Matching tickets, newest first; without `state` the open ones, with `any` all of them."""
    where = _Where(now)
    if filters.state is None:
        where.add(f"t.{IS_OPEN}")
    _apply_filters(where, filters)
    if after is not None:
        where.add(_BEFORE_IN_LIST, *decode_cursor(after, tuple[datetime, int]))
    rows = await fetch_as(
        TicketSummary,
        f"{_SUMMARY} WHERE {where} ORDER BY t.received_at DESC, t.id DESC LIMIT {limit + 1}",
        *where.args,
    )
    return make_page(rows, limit, lambda row: (row.received_at, row.id))


class _Where:
    """Conditions with their arguments; $1 is now.

    The statements of lists are put together for each request: a filter that is not given must not
    be in them, or the planner could not choose the index of one that is.
    """

    def __init__(self, now: datetime) -> None:
        self.conditions: list[str] = []
        self.args: list[Any] = [now]

    def add(self, condition: str, *args: object) -> None:
        """`condition`: with {} for each argument."""
        placeholders = [f"${len(self.args) + n}" for n in range(1, len(args) + 1)]
        self.conditions.append(condition.format(*placeholders))
        self.args += args

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "true"


# Conditions of filters that are plain comparisons, by field.
_COMPARISONS: Mapping[str, str] = {
    "kind": "t.kind = {}",
    "severity": "t.severity = {}",
    "supplier": "supplier.name = {}",
    "tier": "c.tier = {}",
    "phone": "c.phone = {}",
    "email": "c.email = {}",
    "external_id": "t.external_id = {}",
    "customer": "t.customer = {}",
    "received_from": "t.received_at >= {}",
    "received_to": "t.received_at < {}",
}
# Conditions of filters that are true, false, or not given.
_FLAGS: Mapping[str, str] = {
    "breached": _BREACHED,
    "overdue": _OVERDUE,
    "callback": "t.callback_requested_at IS NOT NULL",
}


def _apply_filters(where: _Where, filters: TicketFilters) -> None:
    for field, condition in _COMPARISONS.items():
        value = getattr(filters, field)
        if value is not None:
            where.add(condition, value)
    if filters.state not in (None, "any"):
        where.add(_IN_STATE, filters.state)
    if filters.assignee == "none":
        where.add(_UNASSIGNED)
    elif filters.assignee is not None:
        where.add(_ASSIGNED_TO, filters.assignee.lower())
    if filters.category is not None:
        where.add(_IN_CATEGORY, filters.category)
    for field, condition in _FLAGS.items():
        flag = getattr(filters, field)
        if flag is not None:
            where.add(condition if flag else f"NOT ({condition})")
    if filters.q:
        where.add(FOUND, *found_arguments(read_sought(filters.q)))
