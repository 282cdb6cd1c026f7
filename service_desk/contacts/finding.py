"""A customer is found by phone number or e-mail; else made (DESIGN §2.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import asyncpg
import msgspec

from service_desk.contacts.email_addresses import to_email
from service_desk.contacts.phone_numbers import to_e164
from service_desk.database import fetch, fetch_one, savepoint
from service_desk.rules.words.languages import language_of
from service_desk.settings import get_settings


class NewCustomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote to us, as far as the channel knows."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    email: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    locale: Annotated[str, msgspec.Meta(pattern="^(en|zh)$")] | None = None
    region: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class FoundCustomer(msgspec.Struct, frozen=True):
    """`learned`: what we did not know of them until now. `contact`: what they said this time that
    differs from what we know, which stays."""

    id: int
    name: str
    phone: str | None
    email: str | None
    locale: str
    tier: str
    opted_out_at: datetime | None
    region: str | None = None
    learned: dict[str, str] = {}
    contact: dict[str, str] = {}


_COLUMNS = "id, name, phone, email, locale, tier, opted_out_at, region"


_FIND = f"""
SELECT {_COLUMNS} FROM customer WHERE phone = $1 OR email = $2
ORDER BY (phone = $1) DESC NULLS LAST LIMIT 1
"""
# The arguments are columns, a place in them for each customer.
_FIND_OR_CREATE = f"""
WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        WITH ORDINALITY AS given (phone, email, name, locale, region, place)),
found AS (
    SELECT place, known.* FROM given CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM customer WHERE phone = given.phone OR email = given.email
        ORDER BY (phone = given.phone) DESC NULLS LAST LIMIT 1) AS known),
new AS MATERIALIZED (
    SELECT nextval('customer_id_seq') AS id, given.* FROM given
    WHERE place NOT IN (SELECT place FROM found)),
made AS (
    INSERT INTO customer (id, phone, email, name, locale, region, tier, tier_pinned, spend_12m,
                          created_at)
    SELECT id, phone, email, name, locale, region, 'C', false, 0, $6 FROM new
    ORDER BY phone, email -- as the imports do, so that nobody waits in a circle
    ON CONFLICT DO NOTHING RETURNING {_COLUMNS})
SELECT false AS made, * FROM found
UNION ALL SELECT true, new.place, made.* FROM made JOIN new ON new.id = made.id
"""


async def find_customer(phone: str | None, email: str | None) -> FoundCustomer | None:
    """By E.164 number first, then by lower-case e-mail."""
    row = await fetch_one(_FIND, phone, email)
    return None if row is None else _found_customer(row)


async def find_or_create_customer(new: NewCustomer, *, text: str, now: datetime) -> FoundCustomer:
    """The customer who wrote `text`: see `find_or_create_customers`."""
    return (await find_or_create_customers([(new, text)], now=now))[0]


async def find_or_create_customers(
    who_wrote: Sequence[tuple[NewCustomer, str]], *, now: datetime
) -> list[FoundCustomer]:
    """The customer who wrote each text; made with its language if we do not know them yet. No two
    of them have a phone number or an e-mail in common.

    What a known customer newly tells us fills what is empty: a name, another way to reach them.
    Joins the caller's transaction. Two first contacts at once end in one customer.
    """
    if not who_wrote:
        return []
    contacts = [normalize_contact(new) for new, _ in who_wrote]
    rows = [
        (phone, email, new.name, new.locale or language_of(text, get_settings().locale), new.region)
        for (new, text), (phone, email) in zip(who_wrote, contacts, strict=True)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = await fetch(_FIND_OR_CREATE, *columns, now)
    if len(found) < len(rows):  # somebody else was first with one; by now they have committed
        found = await fetch(_FIND_OR_CREATE, *columns, now)
    by_place = {place: (made, FoundCustomer(*values)) for made, place, *values in found}
    customers: list[FoundCustomer] = []
    for place, ((new, _), contact) in enumerate(zip(who_wrote, contacts, strict=True), 1):
        made, customer = by_place[place]
        customers.append(customer if made else await _fill_in(customer, new, *contact))
    return customers


async def customer_by_id(customer: int) -> FoundCustomer:
    """The one of that id."""
    row = await fetch_one(f"SELECT {_COLUMNS} FROM customer WHERE id = $1", customer)
    assert row is not None
    return _found_customer(row)


def normalize_contact(new: NewCustomer) -> tuple[str | None, str | None]:
    """Phone as E.164 and e-mail in lower case. Raises InvalidInput naming the field."""
    phone = to_e164(new.phone, get_settings().region, field="customer.phone") if new.phone else None
    email = to_email(new.email, field="customer.email") if new.email and new.email.strip() else None
    return phone, email


async def _fill_in(
    found: FoundCustomer, new: NewCustomer, phone: str | None, email: str | None
) -> FoundCustomer:
    """Costs a query only where something is new. What another customer has stays theirs."""
    said = {"name": new.name.strip(), "phone": phone, "email": email, "region": new.region}
    differs = {
        field: value for field, value in said.items() if value and value != getattr(found, field)
    }
    contact = {field: value for field, value in differs.items() if getattr(found, field)}
    learned: dict[str, str] = {}
    for fields in (("name", "region"), ("phone",), ("email",)):
        empty = {field: differs[field] for field in fields if field in differs.keys() - contact}
        if not empty:
            continue
        if await _fill(found.id, empty):
            learned |= empty
        else:
            contact |= empty
    return msgspec.structs.replace(found, **learned, learned=learned, contact=contact)


async def _fill(customer: int, values: dict[str, str]) -> bool:
    """False if another customer has that contact."""
    # Somebody else may have filled it meanwhile.
    assignments = ", ".join(
        f"{field} = coalesce(nullif({field}, ''), ${place})"
        for place, field in enumerate(values, 2)
    )
    try:
        async with savepoint():
            await fetch_one(
                f"UPDATE customer SET {assignments} WHERE id = $1", customer, *values.values()
            )
    except asyncpg.UniqueViolationError:
        return False
    return True


def _found_customer(row: Any) -> FoundCustomer:
    return FoundCustomer(**dict(row))
