"""Customers who opt out of our texts (STOP) and opt in again (START): DESIGN §2.9."""

from datetime import datetime

from service_desk.database import fetch_value
from service_desk.rows import get_value, is_in, update
from service_desk.rules.messages.vocabulary import TEXT_CHANNELS
from service_desk.tables import Customer, Outbox

# The first of several opt-outs counts.
_OPT_OUT = """
UPDATE customer SET opted_out_at = coalesce(opted_out_at, $2)
WHERE phone = $1 OR handle = $1 RETURNING true
"""


_OPT_IN = """
UPDATE customer SET opted_out_at = NULL, opted_in_at = $2
WHERE phone = $1 OR handle = $1 RETURNING true
"""


async def mark_opted_out(phone: str, *, now: datetime) -> bool:
    """No more texts to `phone` (E.164, or a handle), including those still queued.

    Returns whether a customer has that number.
    """
    suppressed = {Outbox.state: "suppressed", Outbox.next_attempt_at: None, Outbox.error: None}
    texts = is_in(Outbox.channel, TEXT_CHANNELS)
    await update(Outbox, suppressed, texts, recipient=phone, state="queued")
    return bool(await fetch_value(_OPT_OUT, phone, now))


async def mark_opted_out_by_carrier(phone: str, *, sent_at: datetime, now: datetime) -> None:
    """The carrier reports that `phone` has opted out (error 21610), for a text of `sent_at`.

    The report may be late: for a text sent before their latest opt-in it means nothing.
    """
    theirs = (Customer.phone == phone) | (Customer.handle == phone)
    opted_in_at = await get_value(Customer.opted_in_at, theirs)
    if opted_in_at is None or opted_in_at < sent_at:
        await mark_opted_out(phone, now=now)


async def mark_opted_in(phone: str, *, now: datetime) -> bool:
    """Texts to `phone` (E.164, or a handle) again. What was suppressed stays unsent: it is stale
    by now.

    Returns whether a customer has that number.
    """
    return bool(await fetch_value(_OPT_IN, phone, now))
