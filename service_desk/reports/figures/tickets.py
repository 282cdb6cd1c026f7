"""One row per ticket of the month, in pages, as it stood at an instant."""

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import Struct, convert

from service_desk.database import fetch, long_statements
from service_desk.reports.figures.clocks import ClocksByTicket, clock_outcomes
from service_desk.reports.figures.facts import tickets_as_of
from service_desk.reports.figures.schemas import TicketRow

EXPORT_PAGE_SIZE = 2_000

# $4, $5: behind that ticket; $6: how many.
_ROWS = f"""
WITH {tickets_as_of("t.received_at >= $1 AND t.received_at < $2 AND (t.received_at, t.id) > ($4, $5)")}
SELECT facts.id, number, received_at, done_at AS resolved_at, state, facts.kind, severity,
    facts.channel, subject, customer.name AS customer, customer.region, product, serial_number,
    coalesce((SELECT tier_before FROM tier_change WHERE tier_change.customer = customer.id
              AND at > $3 ORDER BY id LIMIT 1), customer.tier) AS tier,
    category.code AS category, category.name_en AS category_en, category.name_zh AS category_zh,
    cause, supplier.name AS supplier, staff.name AS assignee,
    (SELECT count(*) FROM ticket_event e WHERE e.ticket = facts.id
     AND e.type = 'ticket.reopened' AND e.recorded_at <= $3) AS reopened,
    (SELECT score FROM rating WHERE rating.ticket = facts.id AND rated_at <= $3) AS rating
FROM facts JOIN customer ON customer.id = facts.customer
    LEFT JOIN category ON category.id = facts.category
    LEFT JOIN supplier ON supplier.id = facts.supplier
    LEFT JOIN staff ON staff.id = facts.assignee
ORDER BY received_at, facts.id LIMIT $6
"""


class TicketCursor(Struct, frozen=True):
    """Where a page ended: that ticket's time and id."""

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
    """A page of rows, oldest first, and where the next one begins behind; None on the last."""
    behind = after or TicketCursor(start, 0)
    with long_statements():
        rows = await fetch(_ROWS, start, end, as_of, behind.received_at, behind.id, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    outcomes = await clock_outcomes({row["id"]: clocks.get(row["id"], []) for row in rows}, as_of)
    page = [convert(dict(row) | {"clocks": outcomes[row["id"]]}, TicketRow) for row in rows]
    return page, TicketCursor(rows[-1]["received_at"], rows[-1]["id"]) if more else None


async def all_ticket_rows(
    start: datetime, end: datetime, as_of: datetime, clocks: ClocksByTicket
) -> AsyncIterator[TicketRow]:
    """Every row, read in pages: memory stays flat but for the clocks."""
    place: TicketCursor | None = None
    while True:
        page, place = await read_ticket_page(
            start, end, as_of, clocks, limit=EXPORT_PAGE_SIZE, after=place
        )
        for row in page:
            yield row
        if place is None:
            return
