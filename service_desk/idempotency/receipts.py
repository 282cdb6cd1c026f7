"""Webhooks and forms processed exactly once: a repetition gets the first response (DESIGN §4).

async with transaction():
    if not await claim(key, …):
        return await stored_response(key)
    …
    await store_response(key, response)
"""

from datetime import datetime

from service_desk.database import fetch_value
from service_desk.rows import get_value, update
from service_desk.tables import InboundReceipt

CONTACT_LOCK = "hashtextextended({}, 0)"
"""SQL: the advisory lock of a contact, whose messages are processed one by one on every channel."""

# Takes the lock before it inserts: see claim().
_CLAIM = f"""
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({CONTACT_LOCK.format("$2")}))
INSERT INTO inbound_receipt (key, contact, body, response, at)
SELECT $1, $2, $3, '', $4 FROM turn
ON CONFLICT (key) DO NOTHING
RETURNING true
"""


async def claim(key: str, *, contact: str, body: str = "", now: datetime) -> bool:
    """Whether this request is the first with its key, to be processed in this transaction.

    `contact`: who sent it: a phone number, an e-mail address, or the actor of a member of staff.
    Waits for other transactions with the same key or contact: two texts sent together find the
    same ticket.
    """
    return bool(await fetch_value(_CLAIM, key, contact, body, now))


async def stored_response(key: str) -> str:
    """The response to the first request with that key; "" if it left none."""
    return await get_value(InboundReceipt.response, key=key) or ""


async def store_response(key: str, response: str) -> None:
    """Keep `response` for repetitions."""
    await update(InboundReceipt, {InboundReceipt.response: response}, key=key)
