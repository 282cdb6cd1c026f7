"""Reads of tickets: one whole, the queue in its order, the list newest first."""

from collections.abc import Sequence
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
from service_desk.rules.words.search_tokens import tsquery
from service_desk.settings import get_settings
from service_desk.sla_settings.schemas import Version
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

# OFFSET 0: ticket by ticket. The planner takes the lines of a page for all open tickets, and would
# read every clock there is to have them ready.
_BREACHED = f"EXISTS (SELECT FROM clock WHERE clock.ticket = t.id AND {BREACHED} OFFSET 0)"
# All that is late now: they are found by their indexes, and are few.
_OVERDUE = f"t.id IN (SELECT clock.ticket FROM clock WHERE {OVERDUE})"
# A line of a list.
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
_OPEN = "t.state NOT IN ('resolved', 'closed')"


async def queue_page(
    filters: TicketFilters, *, limit: int, after: str | None, now: datetime
) -> Page[TicketSummary]:
    """Ranked tickets that are neither resolved nor closed, the most urgent first (DESIGN §2.4)."""
    where = _Where(now)
    where.add(_OPEN)
    _apply_filters(where, filters)
    if after is not None:
        rank_at, received_at, id_ = decode_cursor(after, tuple[datetime | None, datetime, int])
        where.add(
            "(coalesce(t.rank_at, 'infinity'), t.received_at, t.id) > "
            "(coalesce({}::timestamptz, 'infinity'), {}, {})",
            rank_at, received_at, id_,
        )  # fmt: skip
    rows = await fetch_as(
        TicketSummary,
        f"{_SUMMARY} WHERE {where} "
        f"ORDER BY coalesce(t.rank_at, 'infinity'), t.received_at, t.id LIMIT {limit + 1}",
        *where.args,
    )
    return make_page(rows, limit, lambda row: (row.rank_at, row.received_at, row.id))


async def ticket_list(
    filters: TicketFilters, *, limit: int, after: str | None, now: datetime
) -> Page[TicketSummary]:
    """All tickets that fit, newest first; by default the unfinished ones, `state=any` for all."""
    where = _Where(now)
    if filters.state is None:
        where.add(_OPEN)
    _apply_filters(where, filters)
    if after is not None:
        received_at, id_ = decode_cursor(after, tuple[datetime, int])
        where.add("(t.received_at, t.id) < ({}, {})", received_at, id_)
    rows = await fetch_as(
        TicketSummary,
        f"{_SUMMARY} WHERE {where} ORDER BY t.received_at DESC, t.id DESC LIMIT {limit + 1}",
        *where.args,
    )
    return make_page(rows, limit, lambda row: (row.received_at, row.id))


async def get_ticket(number: str, now: datetime) -> TicketView:
    """The whole ticket as of now. Raises NotFound."""
    row = await fetch_one(
        "SELECT t.*, c.name AS customer_name, c.phone, c.email, c.locale AS customer_locale, "
        "c.tier, c.region, c.opted_out_at, c.last_whatsapp_at, category.code AS category_code, "
        "supplier.name AS supplier_name, staff.email AS assignee_email, "
        "staff.name AS assignee_name, duplicate.number AS duplicate_number, "
        "linked.number AS linked_number, merged.number AS merged_number, rating.score "
        "FROM ticket t JOIN customer c ON c.id = t.customer "
        "LEFT JOIN category ON category.id = t.category "
        "LEFT JOIN supplier ON supplier.id = t.supplier "
        "LEFT JOIN staff ON staff.id = t.assignee "
        "LEFT JOIN ticket duplicate ON duplicate.id = t.duplicate_of "
        "LEFT JOIN ticket linked ON linked.id = t.linked_to "
        "LEFT JOIN ticket merged ON merged.id = t.merged_into "
        "LEFT JOIN rating ON rating.ticket = t.id WHERE t.number = $1",
        number,
    )
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
        messages=await _messages(row["id"]),
        events=await fetch_as(
            EventView,
            "SELECT type, at, recorded_at, actor, data FROM ticket_event WHERE ticket = $1 "
            "ORDER BY id",
            row["id"],
        ),
        compensations=await fetch_as(
            CompensationView,
            "SELECT x.id, amount, currency, reason, state, recovered_from IS NOT NULL "
            "AS recovered, p.name AS proposed_by, proposed_at, d.name AS decided_by, decided_at "
            "FROM compensation x LEFT JOIN staff p ON p.id = x.proposed_by "
            "LEFT JOIN staff d ON d.id = x.decided_by WHERE ticket = $1 ORDER BY x.id",
            row["id"],
        ),
        asset=await find_asset(row["serial_number"], row["product"], row["received_at"]),
    )


async def _clocks(ticket: int, now: datetime) -> tuple[ClockView, ...]:
    rows = await fetch(
        "SELECT clock.*, p.name AS policy, p.version AS of_policy, c.name AS calendar, "
        "c.version AS of_calendar FROM clock JOIN policy_version p ON p.id = policy_version "
        "LEFT JOIN calendar_version c ON c.id = calendar_version "
        "WHERE ticket = $1 ORDER BY started_at, clock.id",
        ticket,
    )
    clocks = [(stored_clock(row).clock, row) for row in rows]
    known = await load_versions((), {clock.calendar_version for clock, _ in clocks})
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
                clock, now, known.business_time(clock.calendar_version)
            ),
            target_seconds=clock.target_seconds,
            due_set_manually=clock.due_set_manually,
            policy=Version(clock.policy_version, row["policy"], row["of_policy"]),
            calendar=None
            if clock.calendar_version is None
            else Version(clock.calendar_version, row["calendar"], row["of_calendar"]),
        )
        for clock, row in clocks
    )


async def _messages(ticket: int) -> list[MessageView]:
    """Those of the ticket and of all that were merged into it, as they were said."""
    return await fetch_as(
        MessageView,
        "WITH RECURSIVE part (id, number) AS (SELECT id, number FROM ticket WHERE id = $1 UNION "
        "SELECT merged.id, merged.number FROM ticket merged "
        "JOIN part ON merged.merged_into = part.id) "
        "SELECT m.id, part.number AS ticket, m.direction, m.visibility, m.channel, "
        "staff.name AS author, m.automatic, m.body, m.at, o.state AS delivery, "
        "o.error AS delivery_error, o.id AS delivery_id, "
        f"{ATTACHMENTS_SQL} AS attachments FROM message m JOIN part ON part.id = m.ticket "
        "LEFT JOIN staff ON staff.id = m.author LEFT JOIN outbox o ON o.message = m.id "
        "ORDER BY m.at, m.id",
        ticket,
    )


class _Where:
    """Conditions and their arguments; the first argument is now."""

    def __init__(self, now: datetime) -> None:
        self.conditions: list[str] = []
        self.args: list[Any] = [now]

    def add(self, condition: str, *args: object) -> None:
        places = [f"${len(self.args) + place}" for place in range(1, len(args) + 1)]
        self.conditions.append(condition.format(*places))
        self.args += args

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "true"


# Filters that are plain comparisons, by field.
_EQUALITY_FILTERS: Sequence[tuple[str, str]] = (
    ("kind", "t.kind ="),
    ("severity", "t.severity ="),
    ("supplier", "supplier.name ="),
    ("tier", "c.tier ="),
    ("phone", "c.phone ="),
    ("email", "c.email ="),
    ("external_id", "t.external_id ="),
    ("customer", "t.customer ="),
    ("received_from", "t.received_at >="),
    ("received_to", "t.received_at <"),
)


def _apply_filters(where: _Where, filters: TicketFilters) -> None:
    for field, column in _EQUALITY_FILTERS:
        value = getattr(filters, field)
        if value is not None:
            where.add(f"{column} {{}}", value)
    if filters.state not in (None, "any"):
        where.add("t.state = {}", filters.state)
    if filters.assignee == "none":
        where.add("t.assignee IS NULL")
    elif filters.assignee is not None:
        where.add("staff.email = {}", filters.assignee.lower())
    if filters.category is not None:
        where.add(
            "t.category IN (SELECT child.id FROM category child LEFT JOIN category parent "
            "ON parent.id = child.parent WHERE {} IN (child.code, parent.code))",
            filters.category,
        )
    for wanted, condition in (
        (filters.breached, _BREACHED),
        (filters.overdue, _OVERDUE),
        (filters.callback, "t.callback_requested_at IS NOT NULL"),
    ):
        if wanted is not None:
            where.add(condition if wanted else f"NOT ({condition})")
    if filters.q:
        sought = tsquery(filters.q)
        where.add("t.search @@ {}::tsquery", sought) if sought else where.add("false")
