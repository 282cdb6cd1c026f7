"""Webhooks and forms processed exactly once: a repetition gets the first response (DESIGN §4)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, transaction

CONTACT_LOCK = "hashtextextended({}, 0)"
"""SQL: the advisory lock of a contact, whose messages are processed one by one on every channel."""

# Takes the locks before it inserts: see claim_all().
_CLAIM_ALL = f"""
WITH turns AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(turn) FROM (
        SELECT DISTINCT {CONTACT_LOCK.format("contact")} AS turn FROM unnest($2::text[]) AS contact
        ORDER BY turn) AS turns),
claimed AS (
    INSERT INTO inbound_receipt (key, contact, body, response, at)
    SELECT key, contact, body, '', $3
    FROM unnest($1::text[], $2::text[], $4::text[]) AS given (key, contact, body)
    WHERE (SELECT count(*) FROM turns) > 0
    ON CONFLICT (key) DO NOTHING RETURNING key)
SELECT key FROM claimed
"""
_RESPONSES = "SELECT key, response FROM inbound_receipt WHERE key = ANY($1)"
_STORE_RESPONSES = """
UPDATE inbound_receipt SET response = given.response
FROM unnest($1::text[], $2::text[]) AS given (key, response)
WHERE inbound_receipt.key = given.key
"""


class Receipt(Struct, frozen=True):
    """`contact`: who sent it: a phone number, an e-mail address, or the actor of a member of
    staff."""

    key: str
    contact: str
    body: str = ""


async def once(
    key: str,
    process: Callable[[], Awaitable[str | None]],
    *,
    contact: str,
    body: str = "",
    now: datetime,
) -> str:
    """Process the first request with this key, in one transaction with its receipt; its response,
    which a repetition gets too."""
    async with transaction():
        answered = await claim_all([Receipt(key, contact, body)], now)
        if key in answered:
            return answered[key]
        response = await process() or ""
        if response:
            await store_responses({key: response})
        return response


async def claim(key: str, *, contact: str, body: str = "", now: datetime) -> bool:
    """Whether this request is the first with its key: see `claim_all`."""
    return not await claim_all([Receipt(key, contact, body)], now)


async def claim_all(receipts: Sequence[Receipt], now: datetime) -> dict[str, str]:
    """Of requests of different contacts those that are repeated, with the responses given before,
    by key. The others are the first with their keys, to be processed in this transaction.

    Waits for other transactions with the same keys or contacts: two texts sent together find the
    same ticket.
    """
    if not receipts:
        return {}
    keys = [receipt.key for receipt in receipts]
    contacts, bodies = [one.contact for one in receipts], [one.body for one in receipts]
    rows = await fetch(_CLAIM_ALL, keys, contacts, now, bodies)
    repeated = set(keys) - {row["key"] for row in rows}
    return await responses(list(repeated)) if repeated else {}


async def responses(keys: Sequence[str]) -> dict[str, str]:
    """Those given before, by key."""
    return {row["key"]: row["response"] for row in await fetch(_RESPONSES, keys)}


async def store_responses(given: Mapping[str, str]) -> None:
    """Of requests claimed in this transaction, by key."""
    if given:
        await fetch(_STORE_RESPONSES, list(given), list(given.values()))
