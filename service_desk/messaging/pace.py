"""How fast one sender sends: a token bucket in the database, so that all workers share it.

Carriers limit each number (ENGINEERING §4): what comes faster is queued by them for hours, and then
refused. A bucket holds one second's worth, and one message at least.
"""

from datetime import datetime, timedelta

from service_desk.database import fetch, fetch_value


async def room_for(channel: str, per_second: float, now: datetime) -> int:
    """How many messages may leave now. Call it in a transaction: other workers wait for its end."""
    await fetch("SELECT pg_advisory_xact_lock(hashtextextended('pace of ' || $1, 0))", channel)
    free_at = await fetch_value("SELECT free_at FROM sender_pace WHERE channel = $1", channel)
    full = _full(per_second)
    since = full if free_at is None else min(now - free_at, full)
    return max(0, int(since.total_seconds() * per_second + 1e-6))


async def use_room(channel: str, per_second: float, messages: int, now: datetime) -> None:
    """So many are on their way, in the same transaction."""
    await fetch(
        "INSERT INTO sender_pace (channel, free_at) VALUES ($1, $2::timestamptz + $3) "
        "ON CONFLICT (channel) DO UPDATE SET free_at = greatest(sender_pace.free_at, $2) + $3",
        channel,
        now - _full(per_second),
        timedelta(seconds=messages / per_second),
    )


def _full(per_second: float) -> timedelta:
    return timedelta(seconds=max(1, 1 / per_second))
