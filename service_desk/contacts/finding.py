"""Customers by phone number or e-mail address: found, or else created (DESIGN §2.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import asyncpg
import msgspec

from service_desk.contacts.email_addresses import to_email_or_none
from service_desk.contacts.phone_numbers import PhoneNumber, typed_phone
from service_desk.database import fetch, fetch_one, savepoint
from service_desk.input_types import EmailInput, PhoneInput
from service_desk.rows import get
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.tickets.events import ContactDetails
from service_desk.rules.words.languages import Locale, language_of
from service_desk.settings import get_settings
from service_desk.tables import Customer


class NewCustomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sender of a message, as far as the channel knows them."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    phone: PhoneInput | None = None
    email: EmailInput | None = None
    locale: Locale | None = None
    region: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class NetworkSender(NewCustomer, frozen=True):
    """The sender of a text or a call: `phone` is E.164, and taken as the network says it."""


class Contact(msgspec.Struct, frozen=True):
    """`phone`: E.164; `extension`: digits; `email`: lower case."""

    phone: str | None
    email: str | None
    extension: str | None = None


class StoredCustomer(msgspec.Struct, frozen=True):
    id: int
    name: str
    phone: str | None
    email: str | None
    locale: Locale
    tier: Tier
    opted_out_at: datetime | None
    region: str | None = None
    phone_extension: str | None = None
    last_whatsapp_at: datetime | None = None
    handle: str | None = None
    handle_wrote_at: datetime | None = None


class FoundCustomer(StoredCustomer, frozen=True):
    """`new_details`: given this time and stored, as nothing was. `other_details`: given this time
    and different from what is stored, which stays."""

    new_details: ContactDetails | None = None
    other_details: ContactDetails | None = None


_COLUMNS = ", ".join(StoredCustomer.__struct_fields__)

_FIND = f"""
SELECT {_COLUMNS} FROM customer WHERE phone = $1 OR email = $2
ORDER BY (phone = $1) DESC NULLS LAST LIMIT 1
"""

# The arguments are columns with one entry for each sender.
_FIND_OR_CREATE = f"""
WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        WITH ORDINALITY AS given (phone, extension, email, name, locale, region, position)),
found AS (
    SELECT position, known.* FROM given CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM customer WHERE phone = given.phone OR email = given.email
        ORDER BY (phone = given.phone) DESC NULLS LAST LIMIT 1) AS known),
new AS MATERIALIZED (
    SELECT nextval('customer_id_seq') AS id, given.* FROM given
    WHERE position NOT IN (SELECT position FROM found)),
created AS (
    INSERT INTO customer (id, phone, phone_extension, email, name, locale, region, tier,
                          tier_pinned, spend_12m, created_at)
    SELECT id, phone, extension, email, name, locale, region, 'C', false, 0, $7 FROM new
    ORDER BY phone, email -- the order of imports, so that the two never deadlock
    ON CONFLICT DO NOTHING RETURNING {_COLUMNS})
SELECT false AS created, * FROM found
UNION ALL SELECT true, new.position, created.* FROM created JOIN new ON new.id = created.id
"""

# The customer whose address it is, other than the one found by phone.
_PAIR = """
INSERT INTO customer_pair (customer, other, at)
SELECT least($1, id), greatest($1, id), $3 FROM customer WHERE email = $2 AND id <> $1
ON CONFLICT DO NOTHING
"""

# Only columns that are still empty: another transaction may have filled them.
_FILL = """
UPDATE customer SET name = coalesce(nullif(name, ''), $2, name),
    region = coalesce(nullif(region, ''), $3, region),
    phone = coalesce(nullif(phone, ''), $4, phone),
    phone_extension = coalesce(phone_extension, $5),
    email = coalesce(nullif(email, ''), $6, email)
WHERE id = $1
"""


async def find_customer(phone: str | None, email: str | None) -> FoundCustomer | None:
    """By E.164 number first, then by lower-case e-mail."""
    row = await fetch_one(_FIND, phone, email)
    return None if row is None else _found_customer(row)


async def customer_by_id(customer: int) -> FoundCustomer:
    stored = await get(StoredCustomer, Customer, id=customer)
    assert stored is not None
    return FoundCustomer(**msgspec.structs.asdict(stored))


async def find_or_create_customer(new: NewCustomer, *, body: str, now: datetime) -> FoundCustomer:
    """The customer who wrote `body`: see `find_or_create_customers`."""
    return (await find_or_create_customers([(new, body)], now=now))[0]


async def find_or_create_customers(
    senders: Sequence[tuple[NewCustomer, str]], *, now: datetime
) -> list[FoundCustomer]:
    """The customers of these senders, each with the body they wrote; no two senders share a phone
    number or e-mail address.

    A new customer gets the language of their body. For a known one, new details fill what is
    empty: the name, another way to reach them. Joins the caller's transaction. Two first contacts
    at once end in one customer.
    """
    if not senders:
        return []
    contacts = [normalize_contact(new) for new, _ in senders]
    rows = [
        (
            contact.phone,
            contact.extension,
            contact.email,
            new.name,
            new.locale or language_of(body, get_settings().locale),
            new.region,
        )
        for (new, body), contact in zip(senders, contacts, strict=True)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = await fetch(_FIND_OR_CREATE, *columns, now)
    if len(found) < len(rows):  # another transaction created one first, and has committed by now
        found = await fetch(_FIND_OR_CREATE, *columns, now)
    by_position = {
        position: (created, FoundCustomer(*values)) for created, position, *values in found
    }
    customers: list[FoundCustomer] = []
    for position, ((new, _), contact) in enumerate(zip(senders, contacts, strict=True), 1):
        created, customer = by_position[position]
        customers.append(customer if created else await _fill_in(customer, new, contact))
        other = customers[-1].other_details
        if other and other.email:
            await fetch(_PAIR, customer.id, contact.email, now)
    return customers


def normalize_contact(new: NewCustomer) -> Contact:
    """What a person typed is checked, what a network says of a sender is taken. Raises
    InvalidInput naming the field."""
    if isinstance(new, NetworkSender):
        return Contact(new.phone, None)
    number = _typed_phone(new.phone)
    email = to_email_or_none(new.email, field="customer.email")
    return Contact(number and number.e164, email, number and number.extension)


def _typed_phone(text: str | None) -> PhoneNumber | None:
    if not text or not text.strip():
        return None
    return typed_phone(text, get_settings().region, field="customer.phone")


async def _fill_in(found: FoundCustomer, new: NewCustomer, contact: Contact) -> FoundCustomer:
    """Costs a query only where something is new. A contact of another customer stays theirs."""
    given = {
        "name": new.name.strip(), "phone": contact.phone, "phone_extension": contact.extension,
        "email": contact.email, "region": new.region,
    }  # fmt: skip
    differs = {
        field: value for field, value in given.items() if value and value != getattr(found, field)
    }
    other = {field: value for field, value in differs.items() if getattr(found, field)}
    if "phone" in other and contact.extension:  # it belongs to that number
        other["phone_extension"] = contact.extension
    filled: dict[str, str] = {}
    for fields in (("name", "region"), ("phone", "phone_extension"), ("email",)):
        empty = {field: differs[field] for field in fields if field in differs.keys() - other}
        if not empty:
            continue
        if await _fill(found.id, empty):
            filled |= empty
        else:
            other |= empty
    return msgspec.structs.replace(
        found, **filled, new_details=_details(filled), other_details=_details(other)
    )


def _details(given: dict[str, str]) -> ContactDetails | None:
    return ContactDetails(**given) if given else None


async def _fill(customer: int, values: dict[str, str]) -> bool:
    """False if another customer has that contact."""
    columns = ("name", "region", "phone", "phone_extension", "email")
    try:
        async with savepoint():
            await fetch_one(_FILL, customer, *(values.get(column) for column in columns))
    except asyncpg.UniqueViolationError:
        return False
    return True


def _found_customer(row: Any) -> FoundCustomer:
    return FoundCustomer(**dict(row))
