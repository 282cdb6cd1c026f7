"""The whole of a ticket, as REST answers with it and its page shows it.

Tickets that are asked for at the same time are read together: a ticket takes five statements, and
so do thirty.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from service_desk.assets.queries import find_asset
from service_desk.attachments.queries import ATTACHMENTS_SQL
from service_desk.batching import Batcher
from service_desk.clocks.rows import stored_clock
from service_desk.clocks.versions import load_versions
from service_desk.database import fetch, in_transaction, transaction
from service_desk.errors import NotFound
from service_desk.rules.clocks.fold import Clock, remaining_seconds, state
from service_desk.rules.clocks.ranking import RankReason
from service_desk.rules.messages.sender_address import takes_replies
from service_desk.rules.messages.whatsapp_session import session_end
from service_desk.settings import get_settings
from service_desk.ticket_views.schemas import (
    ClockView,
    CompensationView,
    EventView,
    MessageView,
    RankView,
    TicketCustomerView,
    TicketView,
)

T = TypeVar("T")

_TICKETS = """
SELECT t.*, c.name AS customer_name, c.phone, c.phone_extension, c.email,
    c.locale AS customer_locale, c.tier,
    c.region, c.opted_out_at, c.last_whatsapp_at, c.handle, c.handle_wrote_at,
    category.code AS category_code,
    supplier.name AS supplier_name, staff.email AS assignee_email, staff.name AS assignee_name,
    (SELECT number FROM ticket WHERE id = t.duplicate_of) AS duplicate_number,
    (SELECT number FROM ticket WHERE id = t.linked_to) AS linked_number,
    (SELECT number FROM ticket WHERE id = t.merged_into) AS merged_number, rating.score,
    (SELECT max(e.id) FROM ticket_event e WHERE e.ticket = t.id) AS version
FROM ticket t
    JOIN customer c ON c.id = t.customer
    LEFT JOIN category ON category.id = t.category
    LEFT JOIN supplier ON supplier.id = t.supplier
    LEFT JOIN staff ON staff.id = t.assignee
    LEFT JOIN rating ON rating.ticket = t.id
WHERE t.number = ANY($1)
"""
_CLOCKS = "SELECT * FROM clock WHERE ticket = ANY($1) ORDER BY started_at, id"
# Those of a ticket and of all tickets that were merged into it. OFFSET 0: by their indexes, however
# many PostgreSQL expects a recursion to find.
_MESSAGES = f"""
WITH RECURSIVE part (shown_on, id, number) AS (
    SELECT id, id, number FROM ticket WHERE id = ANY($1)
    UNION
    SELECT part.shown_on, merged.id, merged.number
    FROM part CROSS JOIN LATERAL (
        SELECT id, number FROM ticket WHERE merged_into = part.id OFFSET 0) AS merged)
SELECT part.shown_on, m.id, part.number AS ticket, m.direction, m.visibility, m.channel,
    staff.name AS author, m.automatic, m.body, m.at, o.state AS delivery, o.error AS delivery_error,
    o.id AS delivery_id, {ATTACHMENTS_SQL} AS attachments
FROM part
    CROSS JOIN LATERAL (SELECT * FROM message WHERE ticket = part.id OFFSET 0) AS m
    LEFT JOIN staff ON staff.id = m.author
    LEFT JOIN LATERAL (SELECT * FROM outbox WHERE message = m.id OFFSET 0) AS o ON true
ORDER BY m.at, m.id
"""
_EVENTS = """
SELECT ticket, type, at, recorded_at, actor, data FROM ticket_event
WHERE ticket = ANY($1) ORDER BY id
"""
_COMPENSATIONS = """
SELECT x.ticket, x.id, amount, currency, reason, state, recovered_from IS NOT NULL AS recovered,
    p.name AS proposed_by, proposed_at, d.name AS decided_by, decided_at
FROM compensation x
    LEFT JOIN staff p ON p.id = x.proposed_by
    LEFT JOIN staff d ON d.id = x.decided_by
WHERE ticket = ANY($1) ORDER BY x.id
"""


async def get_ticket(number: str, now: datetime) -> TicketView:
    """The whole ticket as of now. Raises NotFound."""
    if in_transaction():  # which alone sees what it has written
        found = (await get_tickets([(number, now)]))[0]
        if isinstance(found, NotFound):
            raise found
        return found
    return await _tickets.submit((number, now))


async def get_tickets(asked: Sequence[tuple[str, datetime]]) -> list[TicketView | NotFound]:
    """The ticket of each number, as of the time beside it."""
    async with transaction(plan_once=True):
        found = await fetch(_TICKETS, [number for number, _ in asked])
        ids = [row["id"] for row in found]
        parts = Parts(
            _clocks_of(await fetch(_CLOCKS, ids)),
            _by_ticket(await fetch(_MESSAGES, ids), "shown_on"),
            _by_ticket(await fetch(_EVENTS, ids)),
            _by_ticket(await fetch(_COMPENSATIONS, ids)),
        )
    rows = {row["number"]: row for row in found}
    return [
        await ticket_view(rows[number], parts, now)
        if number in rows
        else NotFound("There is no ticket {number}. Check the number.", number=number)
        for number, now in asked
    ]


_tickets: Batcher[tuple[str, datetime], TicketView] = Batcher(get_tickets, concurrent=1)

_Rows = Mapping[int, list[Any]]


class Parts(msgspec.Struct, frozen=True):
    """Of each ticket, by its id: its clocks, and rows of the rest."""

    clocks: Mapping[int, Sequence[Clock]]
    messages: _Rows
    events: _Rows
    compensations: _Rows


def _by_ticket(rows: Sequence[Any], column: str = "ticket") -> _Rows:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _clocks_of(rows: Sequence[Any]) -> Mapping[int, Sequence[Clock]]:
    found: defaultdict[int, list[Clock]] = defaultdict(list)
    for row in rows:
        found[row["ticket"]].append(stored_clock(row).clock)
    return found


def _views(shape: type[T], rows: Sequence[Any]) -> list[T]:
    return msgspec.convert([dict(row) for row in rows], list[shape])


async def ticket_view(row: Any, parts: Parts, now: datetime) -> TicketView:
    """Of a row of `_TICKETS`, or what is known to be in it."""
    id_ = row["id"]
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
            messenger=row["handle"] if takes_replies(row["handle"]) else None,
            messenger_until=session_end(row["handle_wrote_at"]),
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
        clocks=await _clock_views(parts.clocks[id_], now),
        rank=RankView(row["rank_at"], msgspec.convert(row["rank_because"], tuple[RankReason, ...])),
        messages=_views(MessageView, parts.messages[id_]),
        events=_views(EventView, parts.events[id_]),
        compensations=_views(CompensationView, parts.compensations[id_]),
        version=row["version"] or 0,
        asset=await find_asset(row["serial_number"], row["product"], row["received_at"]),
    )


async def _clock_views(clocks: Sequence[Clock], now: datetime) -> tuple[ClockView, ...]:
    known = await load_versions(
        {clock.policy_version for clock in clocks}, {clock.calendar_version for clock in clocks}
    )
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
            policy=known.policy_names[clock.policy_version],
            calendar=known.calendar_name(clock.calendar_version),
        )
        for clock in clocks
    )
