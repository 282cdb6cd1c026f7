"""Customers: made and edited by hand, and their tiers recomputed every month (DESIGN §2.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from service_desk.contacts.email_addresses import to_email
from service_desk.contacts.phone_numbers import to_e164
from service_desk.customers.schemas import CustomerEdit, CustomerInput, TierReason
from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.customers.tiering import CustomerFacts, TierPolicy, decide_tiers
from service_desk.rules.suppliers.ladder import month_of
from service_desk.settings import get_settings
from service_desk.tickets.reranking import rerank_customer_tickets

POLICY = TierPolicy()


async def create_customer(new: CustomerInput, now: datetime) -> int:
    """Returns the id. Raises InvalidInput without a contact, Conflict for one that is known."""
    phone, email = _phone(new.phone), _email(new.email)
    if phone is None and email is None:
        raise InvalidInput("A customer needs a phone number or an e-mail address.", field="phone")
    try:
        return await fetch_value(
            "INSERT INTO customer (name, phone, email, locale, region, tier, tier_pinned, "
            "spend_12m, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            new.name.strip(), phone, email, new.locale or get_settings().locale, new.region,
            new.tier or "C", new.tier is not None, new.spend_12m, now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise _contact_in_use(error) from error


async def edit_customer(customer: int, edit: CustomerEdit, *, staff_id: int, now: datetime) -> None:
    """Change what is given. A tier set by hand is pinned, and is in the history."""
    given = {name: value for name, value in asdict(edit).items() if value is not UNSET}
    async with transaction():
        row = await fetch_one(
            "SELECT c.*, s.name AS editor FROM customer c, staff s "
            "WHERE c.id = $1 AND s.id = $2 FOR NO KEY UPDATE OF c",
            customer,
            staff_id,
        )
        if row is None:
            raise customer_not_found(customer)
        columns = await _columns(given, row)
        if columns["phone"] is None and columns["email"] is None and given.keys() & _CONTACTS:
            raise InvalidInput(
                "A customer needs a phone number or an e-mail address.", field="phone"
            )
        if columns["tier"] != row["tier"]:
            change = (customer, row["tier"], columns["tier"], TierReason(row["editor"]))
            await _record_tier_changes([change], now)
        try:
            await fetch(
                "UPDATE customer SET name = $2, phone = $3, email = $4, locale = $5, region = $6, "
                "tier = $7, tier_pinned = $8, spend_12m = $9, owner = $10 WHERE id = $1",
                customer,
                *(columns[name] for name in _EDITABLE),
            )
        except asyncpg.UniqueViolationError as error:
            raise _contact_in_use(error) from error
        if columns["tier"] != row["tier"]:
            await rerank_customer_tickets([customer])


_CONTACTS = {"phone", "email"}
_EDITABLE = (
    *("name", "phone", "email", "locale", "region"),
    *("tier", "tier_pinned", "spend_12m", "owner"),
)


async def recompute_tiers(now: datetime) -> int | None:
    """Once a month of the desk; returns how many changed, None if it is not due.

    The month in which the desk begins has nothing to look back on, so it is left out.
    """
    month = month_of(now, get_settings().zone)
    begins = datetime(month.year, month.month, 1, tzinfo=get_settings().zone)
    async with transaction():
        # The row of the month is the lock: whoever comes second waits, and finds it taken.
        due = await fetch_value(
            "INSERT INTO tier_review (month, customers, changed, at) "
            "SELECT $1, 0, 0, $2 WHERE EXISTS (SELECT FROM customer WHERE created_at < $3) "
            "ON CONFLICT DO NOTHING RETURNING true",
            month,
            now,
            begins,
        )
        if not due:
            return None
        customers = await _tier_facts(now)
        changes = decide_tiers(customers, POLICY)
        await fetch(
            "UPDATE customer c SET tier = t.tier FROM unnest($1::bigint[], $2::text[]) "
            "AS t (id, tier) WHERE c.id = t.id AND NOT c.tier_pinned",
            [change.customer for change in changes],
            [change.after for change in changes],
        )
        await rerank_customer_tickets([change.customer for change in changes])
        await _record_tier_changes(
            [
                (c.customer, c.before, c.after, TierReason(None, c.score, c.place, c.of))
                for c in changes
            ],
            now,
        )
        await fetch(
            "UPDATE tier_review SET customers = $2, changed = $3 WHERE month = $1",
            month,
            len(customers),
            len(changes),
        )
    return len(changes)


def customer_not_found(customer: int) -> NotFound:
    return NotFound("There is no customer {customer}.", customer=customer)


async def _tier_facts(now: datetime) -> list[CustomerFacts]:
    rows = await fetch(
        "SELECT c.id, c.tier, c.spend_12m, c.tier_pinned, coalesce(t.open, 0) AS open_work, "
        "extract(day FROM $1 - coalesce(c.last_contact_at, c.created_at))::int AS days_since_contact "
        "FROM customer c LEFT JOIN (SELECT customer, count(*) AS open FROM ticket "
        "WHERE state NOT IN ('resolved', 'closed') GROUP BY customer) AS t ON t.customer = c.id",
        now,
    )
    return [
        CustomerFacts(
            row["id"],
            row["tier"],
            row["spend_12m"],
            row["open_work"],
            row["days_since_contact"],
            row["tier_pinned"],
        )
        for row in rows
    ]


async def _record_tier_changes(
    changes: Sequence[tuple[int, str, str, TierReason]], now: datetime
) -> None:
    await fetch(
        "INSERT INTO tier_change (customer, tier_before, tier_after, because, at) "
        "SELECT customer, before, after, because, $5 "
        "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) "
        "AS c (customer, before, after, because)",
        [customer for customer, *_ in changes],
        [before for _, before, *_ in changes],
        [after for _, _, after, _ in changes],
        [msgspec.json.encode(because).decode() for *_, because in changes],
        now,
    )


async def _columns(given: dict[str, Any], row: Any) -> dict[str, Any]:
    """All editable columns as they are to be."""
    columns = {name: row[name] for name in _EDITABLE} | given
    columns["name"] = columns["name"].strip()
    if "phone" in given:
        columns["phone"] = _phone(given["phone"])
    if "email" in given:
        columns["email"] = _email(given["email"])
    if "tier" in given:
        columns["tier_pinned"] = given["tier"] is not None
        columns["tier"] = given["tier"] or row["tier"]
    if given.get("owner"):
        columns["owner"] = await _staff(given["owner"])
    return columns


async def _staff(email: str) -> int:
    found = await fetch_value("SELECT id FROM staff WHERE email = lower($1) AND active", email)
    if found is None:
        raise InvalidInput("There is nobody called {email} here.", field="owner", email=email)
    return found


def _phone(phone: str | None) -> str | None:
    return to_e164(phone, get_settings().region) if phone and phone.strip() else None


def _email(email: str | None) -> str | None:
    return to_email(email) if email and email.strip() else None


def _contact_in_use(error: asyncpg.UniqueViolationError) -> Conflict:
    if "email" in (error.constraint_name or ""):
        return Conflict("Another customer has this e-mail address.", field="email")
    return Conflict("Another customer has this phone number.", field="phone")
