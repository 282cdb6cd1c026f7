"""Webhooks taken in exactly once: the same again gets the same answer (DESIGN §4).

async with transaction():
    if not await claim(key, …):
        return await stored_response(key)
    …
    await store_response(key, answer)
"""

from datetime import datetime

from service_desk.database import fetch, fetch_value

SENDER_LOCK = "hashtextextended({}, 0)"
"""The lock of a sender's turn: what they say by whichever way is taken in one by one."""

# Locks before it inserts: see claim().
_CLAIM = f"""
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({SENDER_LOCK.format("$2")}))
INSERT INTO inbound_receipt (key, sender, body, answer, at)
SELECT $1, $2, $3, '', $4 FROM turn
ON CONFLICT (key) DO NOTHING
RETURNING true
"""


async def claim(key: str, *, sender: str, body: str = "", now: datetime) -> bool:
    """Whether this webhook is the first of its key, and ours to answer in this transaction.

    Waits for another transaction that holds the same key, and for the sender's turn: what one
    sender says is taken in one by one, so that two texts sent together find one ticket.
    """
    return bool(await fetch_value(_CLAIM, key, sender, body, now))


async def stored_response(key: str) -> str:
    """What the first webhook of that key was answered."""
    return await fetch_value("SELECT answer FROM inbound_receipt WHERE key = $1", key) or ""


async def store_response(key: str, answer: str) -> None:
    """Remember `answer` for the next webhook of the same key."""
    await fetch("UPDATE inbound_receipt SET answer = $2 WHERE key = $1", key, answer)
