"""Webhooks and forms processed exactly once: a repetition gets the first response (DESIGN §4)."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from service_desk.database import fetch_value, transaction
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
