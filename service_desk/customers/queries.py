"""Reads of customers."""

from datetime import datetime

from msgspec import Struct

from service_desk.customers.operations import customer_not_found
from service_desk.customers.schemas import (
    ContactLogEntry,
    CustomerDetails,
    CustomerFilters,
    TierChangeView,
)
from service_desk.database import fetch_as
from service_desk.finding import ALL, ANY, FOUND_CUSTOMERS, customers_meant
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rows import is_in, list_rows
from service_desk.rules.tickets.states import TicketState
from service_desk.tables import Customer, Ticket, TierChange
from service_desk.tables.conditions import IS_OPEN

MAX_LISTED = 50

# {}: the customers that are meant.
_CUSTOMERS = f"""
SELECT c.id, c.name, c.phone, c.phone_extension, c.email, c.locale, c.region, c.tier,
    c.tier_pinned, c.spend_12m, s.email AS owner, s.name AS owner_name, c.opted_out_at,
    c.last_contact_at, c.created_at, t.tickets, t.open_tickets,
    ARRAY(SELECT other FROM customer_pair WHERE customer = c.id
        UNION SELECT customer FROM customer_pair WHERE other = c.id ORDER BY 1) AS likely_same
FROM ({{}}) AS c
LEFT JOIN staff s ON s.id = c.owner
CROSS JOIN LATERAL (
    SELECT count(*) AS tickets,
        count(*) FILTER (WHERE {IS_OPEN}) AS open_tickets
    FROM ticket WHERE customer = c.id) AS t
"""
# $1 to $3: what is sought, as in service_desk/finding.py. Only the tickets of those on the page are
# counted.
_PAGE = """
SELECT * FROM customer c
WHERE {} AND ($4::text IS NULL OR c.tier = $4)
    AND ($5::text IS NULL OR c.phone = $5) AND ($6::text IS NULL OR c.email = $6)
    AND ($7::bigint IS NULL OR c.id < $7)
ORDER BY c.id DESC LIMIT $8
"""
_NEWEST_FIRST = "ORDER BY c.id DESC"
LIST_CUSTOMERS = _CUSTOMERS.format(_PAGE.format(ANY)) + _NEWEST_FIRST
FIND_CUSTOMERS = _CUSTOMERS.format(_PAGE.format(f"c.id IN ({FOUND_CUSTOMERS.ids})")) + _NEWEST_FIRST
GET_CUSTOMER = _CUSTOMERS.format("SELECT * FROM customer WHERE id = $1")
# contact_log.ticket is no foreign key, so Piccolo cannot join it.
CONTACT_LOG = """
SELECT l.at, l.channel, l.direction, l.two_way, l.note, s.name AS staff, t.number AS ticket
FROM contact_log l
LEFT JOIN staff s ON s.id = l.staff
LEFT JOIN ticket t ON t.id = l.ticket
WHERE l.customer = $1 ORDER BY l.at DESC, l.id DESC LIMIT $2
"""


class RecentTicket(Struct, frozen=True):
    number: str
    subject: str
    state: TicketState
    received_at: datetime


class CustomerName(Struct, frozen=True):
    id: int
    name: str
    phone: str | None
    email: str | None


async def list_customers(
    filters: CustomerFilters, *, limit: int, after: str | None
) -> Page[CustomerDetails]:
    """Newest first. `q`: found as by the search (service_desk/finding.py)."""
    q = (filters.q or "").strip()
    rows = await fetch_as(
        CustomerDetails,
        FIND_CUSTOMERS if q else LIST_CUSTOMERS,
        *(await customers_meant(q) if q else ALL),
        filters.tier,
        filters.phone,
        filters.email,
        decode_cursor(after, int) if after else None,
        limit + 1,
    )
    return make_page(rows, limit, lambda row: row.id)


async def get_customer(customer: int) -> CustomerDetails:
    """Raises NotFound."""
    rows = await fetch_as(CustomerDetails, GET_CUSTOMER, customer)
    if not rows:
        raise customer_not_found(customer)
    return rows[0]


async def likely_same_customers(customers: list[int]) -> list[CustomerName]:
    """The customers with these ids, to be named."""
    if not customers:
        return []
    return await list_rows(CustomerName, Customer, is_in(Customer.id, customers))


async def contact_log_of(customer: int) -> list[ContactLogEntry]:
    """Contacts outside tickets, newest first."""
    return await fetch_as(ContactLogEntry, CONTACT_LOG, customer, MAX_LISTED)


async def tier_history(customer: int) -> list[TierChangeView]:
    """Newest first."""
    return await list_rows(
        TierChangeView,
        TierChange,
        order_by=(TierChange.at, TierChange.id),
        descending=True,
        limit=MAX_LISTED,
        customer=customer,
    )


async def recent_tickets(customer: int, *, exclude: str = "", limit: int = 5) -> list[RecentTicket]:
    """The newest tickets of a customer, without the one numbered `exclude`."""
    return await list_rows(
        RecentTicket,
        Ticket,
        Ticket.number != exclude,
        order_by=Ticket.received_at,
        descending=True,
        limit=limit,
        customer=customer,
    )
