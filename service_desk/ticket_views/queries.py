"""Reads of tickets: the whole of one, the queue in its order, the list newest first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from service_desk.assets.queries import find_asset
from service_desk.attachments.queries import ATTACHMENTS_SQL
from service_desk.clocks.overdue import BREACHED, OVERDUE
from service_desk.clocks.rows import stored_clock
from service_desk.clocks.versions import load_versions
from service_desk.database import fetch, fetch_as, fetch_one
from service_desk.errors import NotFound
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rules.clocks.fold import remaining_seconds, state
from service_desk.rules.clocks.ranking import RankReason
from service_desk.rules.messages.whatsapp_session import session_end
from service_desk.rules.tickets.sought import read_sought
from service_desk.settings import get_settings
from service_desk.sla_settings.schemas import Version
from service_desk.tables.conditions import IS_OPEN, queue_order
from service_desk.ticket_views.finding import FOUND, found_arguments, place_in_queue
from service_desk.ticket_views.schemas import (
    ClockView,
    CompensationView,
    EventView,
    MessageView,
    RankView,
    TicketCustomerView,
    TicketFilters,
    TicketSummary,
    TicketView,
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

_TICKET = """
SELECT t.*, c.name AS customer_name, c.phone, c.phone_extension, c.email,
    c.locale AS customer_locale, c.tier,
    c.region, c.opted_out_at, c.last_whatsapp_at, category.code AS category_code,
    supplier.name AS supplier_name, staff.email AS assignee_email, staff.name AS assignee_name,
    duplicate.number AS duplicate_number, linked.number AS linked_number,
    merged.number AS merged_number, rating.score,
    (SELECT max(e.id) FROM ticket_event e WHERE e.ticket = t.id) AS version
FROM ticket t
    JOIN customer c ON c.id = t.customer
    LEFT JOIN category ON category.id = t.category
    LEFT JOIN supplier ON supplier.id = t.supplier
    LEFT JOIN staff ON staff.id = t.assignee
    LEFT JOIN ticket duplicate ON duplicate.id = t.duplicate_of
    LEFT JOIN ticket linked ON linked.id = t.linked_to
    LEFT JOIN ticket merged ON merged.id = t.merged_into
    LEFT JOIN rating ON rating.ticket = t.id
WHERE t.number = $1
"""
_CLOCKS = """
SELECT clock.*, p.name AS policy, p.version AS policy_number, c.name AS calendar,
    c.version AS calendar_number
FROM clock
    JOIN policy_version p ON p.id = policy_version
    LEFT JOIN calendar_version c ON c.id = calendar_version
WHERE ticket = $1 ORDER BY started_at, clock.id
"""
# Those of the ticket and of all tickets that were merged into it.
_MESSAGES = f"""
WITH RECURSIVE part (id, number) AS (
    SELECT id, number FROM ticket WHERE id = $1
    UNION
    SELECT merged.id, merged.number FROM ticket merged JOIN part ON merged.merged_into = part.id)
SELECT m.id, part.number AS ticket, m.direction, m.visibility, m.channel, staff.name AS author,
    m.automatic, m.body, m.at, o.state AS delivery, o.error AS delivery_error,
    o.id AS delivery_id, {ATTACHMENTS_SQL} AS attachments
FROM message m
    JOIN part ON part.id = m.ticket
    LEFT JOIN staff ON staff.id = m.author
    LEFT JOIN outbox o ON o.message = m.id
ORDER BY m.at, m.id
"""
# Plain SQL: through Piccolo it takes a millisecond more, and every POST /tickets answers with it.
_EVENTS = """
SELECT type, at, recorded_at, actor, data FROM ticket_event WHERE ticket = $1 ORDER BY id
"""
_COMPENSATIONS = """
SELECT x.id, amount, currency, reason, state, recovered_from IS NOT NULL AS recovered,
    p.name AS proposed_by, proposed_at, d.name AS decided_by, decided_at
FROM compensation x
    LEFT JOIN staff p ON p.id = x.proposed_by
    LEFT JOIN staff d ON d.id = x.decided_by
WHERE ticket = $1 ORDER BY x.id
"""


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


async def get_ticket(number: str, now: datetime) -> TicketView:
    """The whole ticket as of now. Raises NotFound."""
    row = await fetch_one(_TICKET, number)
    if row is None:
        raise NotFound("There is no ticket {number}. Check the number.", number=number)
    return TicketView(
        number=row["number"],
        kind=row["kind"],
        subject=row["subject"],
        description=row["description"],
        state=row["state"],
        severity=row["severity"],
        channel=row["channel"],
        locale=row["locale"],
        customer=TicketCustomerView(
            id=row["customer"],
            name=row["customer_name"],
            phone=row["phone"],
            phone_extension=row["phone_extension"],
            email=row["email"],
            locale=row["customer_locale"],
            tier=row["tier"],
            region=row["region"],
            opted_out=row["opted_out_at"] is not None,
            whatsapp_until=session_end(row["last_whatsapp_at"]),
        ),
        product=row["product"],
        serial_number=row["serial_number"],
        category=row["category_code"],
        category_confirmed=row["category_confirmed"],
        cause=row["cause"],
        supplier=row["supplier_name"],
        assignee=row["assignee_email"],
        assignee_name=row["assignee_name"],
        external_id=row["external_id"],
        duplicate_of=row["duplicate_number"],
        linked_to=row["linked_number"],
        merged_into=row["merged_number"],
        received_at=row["received_at"],
        resolved_at=row["resolved_at"],
        closed_at=row["closed_at"],
        callback_requested_at=row["callback_requested_at"],
        resolution=row["resolution"],
        rating=row["score"],
        tracking_url=f"{get_settings().public_url.rstrip('/')}/t/{row['token']}",
        clocks=await _clocks(row["id"], now),
        rank=RankView(row["rank_at"], msgspec.convert(row["rank_because"], tuple[RankReason, ...])),
        messages=await fetch_as(MessageView, _MESSAGES, row["id"]),
        events=await fetch_as(EventView, _EVENTS, row["id"]),
        compensations=await fetch_as(CompensationView, _COMPENSATIONS, row["id"]),
        version=row["version"] or 0,
        asset=await find_asset(row["serial_number"], row["product"], row["received_at"]),
    )


async def _clocks(ticket: int, now: datetime) -> tuple[ClockView, ...]:
    rows = await fetch(_CLOCKS, ticket)
    clocks = [(stored_clock(row).clock, row) for row in rows]
    versions = await load_versions((), {clock.calendar_version for clock, _ in clocks})
    return tuple(
        ClockView(
            name=clock.name,
            ordinal=clock.ordinal,
            started_at=clock.started_at,
            due_at=clock.due_at,
            state=state(clock, now),
            met_at=clock.met_at,
            paused_at=clock.paused_at,
            remaining_seconds=remaining_seconds(
                clock, now, versions.business_time(clock.calendar_version)
            ),
            target_seconds=clock.target_seconds,
            due_set_manually=clock.due_set_manually,
            policy=Version(clock.policy_version, row["policy"], row["policy_number"]),
            calendar=None
            if clock.calendar_version is None
            else Version(clock.calendar_version, row["calendar"], row["calendar_number"]),
        )
        for clock, row in clocks
    )


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
