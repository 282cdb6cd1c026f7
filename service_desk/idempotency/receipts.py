"""Webhooks and forms processed exactly once: a repetition gets the first response (DESIGN §4)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_value, transaction
from service_desk.rows import get_value, update
from service_desk.tables import InboundReceipt

CONTACT_LOCK = "hashtextextended({}, 0)"
"""SQL: the advisory lock of a contact, whose messages are processed one by one on every channel."""

_CLAIM_ALL = f"""
WITH turns AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(turn) FROM (
        SELECT DISTINCT {CONTACT_LOCK.format("contact")} AS turn FROM unnest($2::text[]) AS contact
        ORDER BY turn) AS turns),
claimed AS (
    INSERT INTO inbound_receipt (key, contact, body, response, at)
    SELECT key, contact, '', '', $3 FROM unnest($1::text[], $2::text[]) AS given (key, contact)
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

# Takes the lock before it inserts: see claim().
_CLAIM = f"""
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({CONTACT_LOCK.format("$2")}))
INSERT INTO inbound_receipt (key, contact, body, response, at)
SELECT $1, $2, $3, '', $4 FROM turn
ON CONFLICT (key) DO NOTHING
RETURNING true
"""


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
        if not await claim(key, contact=contact, body=body, now=now):
            return await get_value(InboundReceipt.response, key=key) or ""
        response = await process() or ""
        if response:
            await update(InboundReceipt, {InboundReceipt.response: response}, key=key)
        return response


async def claim(key: str, *, contact: str, body: str = "", now: datetime) -> bool:
    """Whether this request is the first with its key, to be processed in this transaction.

    `contact`: who sent it: a phone number, an e-mail address, or the actor of a member of staff.
    Waits for other transactions with the same key or contact: two texts sent together find the
    same ticket.
    """
    return bool(await fetch_value(_CLAIM, key, contact, body, now))


class Receipt(Struct, frozen=True):
    """See `claim`."""

    key: str
    contact: str


async def claim_all(receipts: Sequence[Receipt], now: datetime) -> dict[str, str]:
    """Like `claim`, for requests of different contacts: the responses given before, by key."""
    if not receipts:
        return {}
    keys = [receipt.key for receipt in receipts]
    rows = await fetch(_CLAIM_ALL, keys, [receipt.contact for receipt in receipts], now)
    repeated = set(keys) - {row["key"] for row in rows}
    return await responses(list(repeated)) if repeated else {}


async def responses(keys: Sequence[str]) -> dict[str, str]:
    """Those given before, by key."""
    return {row["key"]: row["response"] for row in await fetch(_RESPONSES, keys)}


async def store_responses(given: Mapping[str, str]) -> None:
    """Of requests claimed in this transaction, by key."""
    if given:
        await fetch(_STORE_RESPONSES, list(given), list(given.values()))
