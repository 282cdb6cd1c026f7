"""Customers who want no texts from us, and those who want them again (DESIGN §2.9: STOP, START)."""

from datetime import datetime

from service_desk.database import fetch, fetch_value


async def mark_opted_out(phone: str, *, now: datetime) -> bool:
    """No more texts to `phone` (E.164), nor what waits to be sent.

    Returns whether a customer has that number and is now out.
    """
    await fetch(
        "UPDATE outbox SET state = 'suppressed', next_attempt_at = NULL, error = NULL "
        "WHERE recipient = $1 AND channel IN ('sms', 'whatsapp') AND state = 'queued'",
        phone,
    )
    return bool(
        await fetch_value(
            "UPDATE customer SET opted_out_at = coalesce(opted_out_at, $2) WHERE phone = $1 "
            "RETURNING true",
            phone,
            now,
        )
    )


async def mark_opted_out_by_carrier(phone: str, *, sent: datetime, now: datetime) -> None:
    """The carrier says that `phone` has opted out (error 21610), of a text `sent` at that time.

    It may be late: what was sent before they last opted in says nothing of them now.
    """
    since = await fetch_value("SELECT opted_in_at FROM customer WHERE phone = $1", phone)
    if since is None or since < sent:
        await mark_opted_out(phone, now=now)


async def mark_opted_in(phone: str, *, now: datetime) -> bool:
    """SMS to `phone` again. What was suppressed meanwhile stays unsent: it is stale by now."""
    return bool(
        await fetch_value(
            "UPDATE customer SET opted_out_at = NULL, opted_in_at = $2 WHERE phone = $1 "
            "RETURNING true",
            phone,
            now,
        )
    )
