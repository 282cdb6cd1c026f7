"""Customers to call, for tests."""

from datetime import datetime, timedelta
from typing import Any

from service_desk.database import fetch, fetch_value
from tests.factories import NOW

LONG_AGO = timedelta(days=400)


async def create_customer(
    tier: str = "A", *, last_contact: datetime | None = None, **columns: Any
) -> int:
    """A customer of more than a year who can be called. Returns the id."""
    phone = f"+86138{await fetch_value('SELECT count(*) FROM customer'):08}"
    return await fetch_value(
        "INSERT INTO customer (name, phone, locale, tier, tier_pinned, spend_12m, owner, "
        "opted_out_at, last_contact_at, created_at) "
        "VALUES ($1, $2, 'en', $3, false, 0, $4, $5, $6, $7) RETURNING id",
        columns.get("name", "Li Wei"),
        columns.get("phone", phone),
        tier,
        columns.get("owner"),
        columns.get("opted_out_at"),
        last_contact,
        NOW - LONG_AGO,
    )


async def revisits() -> list[tuple[int, str, str, str]]:
    """(customer, kind, state, due_on) of all of them, oldest first."""
    rows = await fetch("SELECT customer, kind, state, due_on FROM revisit ORDER BY id")
    return [(row["customer"], row["kind"], row["state"], str(row["due_on"])) for row in rows]
