"""Customers who want no SMS from us, and those who want them again (DESIGN §2.9: STOP, START)."""

from datetime import datetime

from service_desk.database import fetch_value


async def mark_opted_out(phone: str, *, now: datetime) -> bool:
    """No more SMS to `phone` (E.164). Returns whether a customer has that number and is now out."""
    return bool(
        await fetch_value(
            "UPDATE customer SET opted_out_at = coalesce(opted_out_at, $2) WHERE phone = $1 "
            "RETURNING true",
            phone,
            now,
        )
    )


async def mark_opted_in(phone: str) -> bool:
    """SMS to `phone` again. What was suppressed meanwhile stays unsent: it is stale by now."""
    return bool(
        await fetch_value(
            "UPDATE customer SET opted_out_at = NULL WHERE phone = $1 RETURNING true", phone
        )
    )
