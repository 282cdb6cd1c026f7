"""Reads of customers."""

from service_desk.customers.operations import customer_not_found
from service_desk.customers.schemas import (
    ContactLogEntry,
    CustomerDetails,
    CustomerFilters,
    TierChangeView,
)
from service_desk.database import fetch_as
from service_desk.paging import Page, decode_cursor, make_page

_CUSTOMERS = """
    SELECT c.id, c.name, c.phone, c.email, c.locale, c.region, c.tier, c.tier_pinned, c.spend_12m,
        s.email AS owner, s.name AS owner_name, c.opted_out_at, c.last_contact_at, c.created_at,
        t.tickets, t.open_tickets
    FROM customer c
    LEFT JOIN staff s ON s.id = c.owner
    CROSS JOIN LATERAL (
        SELECT count(*) AS tickets,
            count(*) FILTER (WHERE state NOT IN ('resolved', 'closed')) AS open_tickets
        FROM ticket WHERE customer = c.id) AS t
"""


async def list_customers(
    filters: CustomerFilters, *, limit: int, after: str | None
) -> Page[CustomerDetails]:
    """Newest first."""
    q = (filters.q or "").strip()
    digits = "".join(character for character in q if character.isdigit())
    rows = await fetch_as(
        CustomerDetails,
        f"{_CUSTOMERS} WHERE ($1::text IS NULL OR c.tier = $1) AND ($2 = '' "
        "OR strpos(lower(c.name), lower($2)) > 0 OR strpos(c.email, lower($2)) > 0 "
        "OR ($3 <> '' AND strpos(c.phone, $3) > 0)) "
        "AND ($5::text IS NULL OR c.phone = $5) AND ($6::text IS NULL OR c.email = $6) "
        f"AND ($4::bigint IS NULL OR c.id < $4) ORDER BY c.id DESC LIMIT {limit + 1}",
        filters.tier,
        q,
        # Fewer digits would find half of all numbers.
        digits if len(digits) >= 3 and len(digits) * 2 > len(q) else "",
        decode_cursor(after, int) if after else None,
        filters.phone,
        filters.email,
    )
    return make_page(rows, limit, lambda row: row.id)


async def get_customer(customer: int) -> CustomerDetails:
    """Raises NotFound."""
    rows = await fetch_as(CustomerDetails, f"{_CUSTOMERS} WHERE c.id = $1", customer)
    if not rows:
        raise customer_not_found(customer)
    return rows[0]


async def contact_log_of(customer: int, most: int = 50) -> list[ContactLogEntry]:
    """Follow-up contacts, newest first. What was said on tickets is on the tickets."""
    return await fetch_as(
        ContactLogEntry,
        "SELECT l.at, l.channel, l.direction, l.two_way, l.note, s.name AS staff, "
        "t.number AS ticket FROM contact_log l LEFT JOIN staff s ON s.id = l.staff "
        "LEFT JOIN ticket t ON t.id = l.ticket WHERE l.customer = $1 "
        "ORDER BY l.at DESC, l.id DESC LIMIT $2",
        customer,
        most,
    )


async def tier_history(customer: int, most: int = 50) -> list[TierChangeView]:
    return await fetch_as(
        TierChangeView,
        "SELECT at, tier_before, tier_after, because::jsonb AS because FROM tier_change "
        "WHERE customer = $1 ORDER BY at DESC, id DESC LIMIT $2",
        customer,
        most,
    )
