"""The customers of a batch: found by phone number or e-mail, else created (DESIGN §2.1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_as
from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.rules.customers.tiering import Tier

FIND_CUSTOMERS = """
SELECT id, tier, phone, email FROM customer
WHERE phone = ANY($1::text[]) OR email = ANY($2::text[])
"""
# The ids come first: nothing guarantees the order of RETURNING.
NEXT_IDS = """
SELECT nextval(pg_get_serial_sequence('customer', 'id')) AS id FROM generate_series(1, $1::int)
"""

# In the order of contacts/finding.py, so that the two never deadlock.
INSERT_CUSTOMERS = """
INSERT INTO customer (id, name, phone, phone_extension, email, locale, region, tier, tier_pinned,
    spend_12m, last_contact_at, created_at)
SELECT id, name, phone, extension, email, locale, region, tier, false, 0, contact_at, $10
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::timestamptz[])
    AS c (id, name, phone, extension, email, locale, region, tier, contact_at)
ORDER BY phone, email ON CONFLICT DO NOTHING
"""


INSERT_PAIRS = """
INSERT INTO customer_pair (customer, other, at)
SELECT customer, other, $3 FROM unnest($1::bigint[], $2::bigint[]) AS p (customer, other)
ON CONFLICT DO NOTHING
"""
# Another transaction may have given the contact to somebody meanwhile: it stays theirs.
FILL_IN = """
UPDATE customer SET phone = coalesce(nullif(customer.phone, ''), given.phone),
    phone_extension = coalesce(customer.phone_extension, given.extension),
    email = coalesce(nullif(customer.email, ''), given.email)
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS given (id, phone, extension, email)
WHERE customer.id = given.id AND NOT EXISTS (
    SELECT FROM customer other WHERE other.phone = given.phone OR other.email = given.email)
"""


class MatchedCustomer(Struct, frozen=True):
    id: int
    tier: Tier
    phone: str | None = None
    email: str | None = None


async def customers_of(rows: Sequence[ImportedRow], now: datetime) -> list[MatchedCustomer]:
    """The customer of each row. A row with neither phone nor e-mail gets its own."""
    reachable = [row for row in rows if row.customer_phone or row.customer_email]
    known = await _known(reachable)
    await _insert(_new_customers(reachable, known), now)
    if reachable:
        known = await _known(reachable)  # with the new ones, ours or another transaction's
    await _fill_in(reachable, known)
    await _note_pairs(reachable, known, now)
    unreachable = iter(
        await _insert([row for row in rows if not (row.customer_phone or row.customer_email)], now)
    )
    return [_find(row, known) or next(unreachable) for row in rows]


async def _fill_in(rows: Sequence[ImportedRow], known: dict[str, MatchedCustomer]) -> None:
    """The other way to reach a customer whom a row names, where they had none and nobody has it;
    of several the first."""
    filled: dict[int, tuple[str | None, str | None, str | None]] = {}
    for row in rows:
        customer = _find(row, known)
        if customer is None or customer.id in filled:
            continue
        phone = None if customer.phone or row.customer_phone in known else row.customer_phone
        email = None if customer.email or row.customer_email in known else row.customer_email
        if phone or email:
            filled[customer.id] = (phone, row.customer_extension if phone else None, email)
            known |= {contact: customer for contact in (phone, email) if contact}
    if filled:
        phones, extensions, emails = zip(*filled.values(), strict=True)
        await fetch(FILL_IN, list(filled), list(phones), list(extensions), list(emails))


async def _note_pairs(
    rows: Sequence[ImportedRow], known: dict[str, MatchedCustomer], now: datetime
) -> None:
    """Customers who are likely one: a row has the phone of one and the address of the other."""
    found = {
        (min(one.id, other.id), max(one.id, other.id))
        for row in rows
        if (one := known.get(row.customer_phone or "")) is not None
        and (other := known.get(row.customer_email or "")) is not None
        and one.id != other.id
    }
    if found:
        first, second = zip(*sorted(found), strict=True)
        await fetch(INSERT_PAIRS, list(first), list(second), now)


def _find(row: ImportedRow, known: dict[str, MatchedCustomer]) -> MatchedCustomer | None:
    return known.get(row.customer_phone or "") or known.get(row.customer_email or "")


def _new_customers(
    rows: Iterable[ImportedRow], known: dict[str, MatchedCustomer]
) -> list[ImportedRow]:
    """The first row of each new customer: nobody has its phone or e-mail yet."""
    seen: set[str | None] = set()
    new: list[ImportedRow] = []
    for row in rows:
        contacts = {row.customer_phone, row.customer_email} - {None}
        if _find(row, known) is None and not contacts & seen:
            new.append(row)
        seen |= contacts
    return new


async def _known(rows: Sequence[ImportedRow]) -> dict[str, MatchedCustomer]:
    """Customers by phone and by e-mail, in one dict: no phone number looks like an e-mail."""
    customers = await fetch_as(
        MatchedCustomer,
        FIND_CUSTOMERS,
        [row.customer_phone for row in rows if row.customer_phone],
        [row.customer_email for row in rows if row.customer_email],
    )
    by_email = {customer.email: customer for customer in customers if customer.email}
    return by_email | {customer.phone: customer for customer in customers if customer.phone}


async def _insert(rows: Sequence[ImportedRow], now: datetime) -> list[MatchedCustomer]:
    if not rows:
        return []
    ids = await fetch(NEXT_IDS, len(rows))
    customers = [
        MatchedCustomer(new["id"], row.tier or "C") for new, row in zip(ids, rows, strict=True)
    ]
    await fetch(
        INSERT_CUSTOMERS,
        [customer.id for customer in customers],
        [row.customer_name for row in rows],
        [row.customer_phone for row in rows],
        [row.customer_extension for row in rows],
        [row.customer_email for row in rows],
        [row.locale for row in rows],
        [row.region for row in rows],
        [customer.tier for customer in customers],
        [row.received_at for row in rows],
        now,
    )
    return customers
