"""One row per ticket of a month, as of an instant, in pages."""

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import Struct, convert

from service_desk.database import fetch, long_statements
from service_desk.reports.figures.clocks import ClocksByTicket, clock_outcomes
from service_desk.reports.figures.schemas import TicketRow
from service_desk.reports.figures.ticket_snapshots import TICKETS_AS_OF
from service_desk.turns import TURN, in_turns

EXPORT_PAGE_SIZE = 2_000

# $4, $5: after that ticket; $6: limit.
_ROWS = f"""
WITH scope AS (
    SELECT * FROM ticket
    WHERE received_at >= $1 AND received_at < $2 AND (received_at, id) > ($4, $5)
), {TICKETS_AS_OF}
SELECT snapshot.id, number, received_at, done_at AS resolved_at, state, snapshot.kind, severity,
    snapshot.channel, subject, customer.name AS customer, customer.region, product, serial_number,
    coalesce((SELECT tier_before FROM tier_change WHERE tier_change.customer = customer.id
              AND at > $3 ORDER BY id LIMIT 1), customer.tier) AS tier,
    category.code AS category, category.name_en AS category_en, category.name_zh AS category_zh,
    cause, supplier.name AS supplier, staff.name AS assignee,
    (SELECT count(*) FROM ticket_event e WHERE e.ticket = snapshot.id
     AND e.type = 'ticket.reopened' AND e.recorded_at <= $3) AS reopened,
    (SELECT score FROM rating WHERE rating.ticket = snapshot.id AND rated_at <= $3) AS rating
FROM snapshot JOIN customer ON customer.id = snapshot.customer
    LEFT JOIN category ON category.id = snapshot.category
    LEFT JOIN supplier ON supplier.id = snapshot.supplier
    LEFT JOIN staff ON staff.id = snapshot.assignee
ORDER BY received_at, snapshot.id LIMIT $6
"""


class TicketCursor(Struct, frozen=True):
    """The last ticket of a page."""

    received_at: datetime
    id: int


async def read_ticket_page(
    start: datetime,
    end: datetime,
    as_of: datetime,
    clocks: ClocksByTicket,
    *,
    limit: int,
    after: TicketCursor | None = None,
) -> tuple[list[TicketRow], TicketCursor | None]:
    """A page of rows, oldest first, and the cursor of the next page; None after the last page."""
    cursor = after or TicketCursor(start, 0)
    with long_statements():
        rows = await fetch(_ROWS, start, end, as_of, cursor.received_at, cursor.id, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    outcomes = await clock_outcomes({row["id"]: clocks.get(row["id"], []) for row in rows}, as_of)
    page = [
        convert(dict(row) | {"clocks": outcomes[row["id"]]}, TicketRow)
        async for row in in_turns(rows)
    ]
    return page, TicketCursor(rows[-1]["received_at"], rows[-1]["id"]) if more else None


async def all_ticket_rows(
    start: datetime, end: datetime, as_of: datetime, clocks: ClocksByTicket
) -> AsyncIterator[TicketRow]:
    """Every row, read in pages, so that only the clocks take memory."""
    cursor: TicketCursor | None = None
    while True:
        page, cursor = await read_ticket_page(
            start, end, as_of, clocks, limit=EXPORT_PAGE_SIZE, after=cursor
        )
        async for row in in_turns(page, TURN // 10):  # to write a row takes longest
            yield row
        if cursor is None:
            return
