"""How fast one sender sends: a token bucket in the database, so that all workers share it.

Carriers limit the segments a second of each number (ENGINEERING §4): what comes faster is queued by
them for hours, and then refused. A bucket holds one second's worth, and one segment at least.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service_desk.database import fetch, fetch_value
from service_desk.rules.messages.sms_segments import segments_of

_ROUNDING = 1e-6


def size_of(channel: str, body: str) -> int:
    """What a text takes out of the bucket: an SMS each of its segments."""
    return max(1, segments_of(body).segments) if channel == "sms" else 1


def fitting(sizes: Sequence[int], room: float, per_second: float) -> int:
    """How many of these texts may leave, in their order, where there is so much room.

    One that is larger than a bucket leaves when that is full, and those after it wait the longer.
    """
    for count, size in enumerate(sizes):
        if min(size, _bucket(per_second)) > room + _ROUNDING:
            return count
        room -= size
    return len(sizes)


async def room_for(channel: str, per_second: float, now: datetime) -> float:
    """How many segments may leave now. Call it in a transaction: other workers wait for its end."""
    await fetch("SELECT pg_advisory_xact_lock(hashtextextended('pace of ' || $1, 0))", channel)
    free_at = await fetch_value("SELECT free_at FROM sender_pace WHERE channel = $1", channel)
    full = _full(per_second)
    since = full if free_at is None else min(now - free_at, full)
    return max(0.0, since.total_seconds() * per_second)


async def use_room(channel: str, per_second: float, segments: int, now: datetime) -> None:
    """So many are on their way, in the same transaction: also more than there is room for, where
    nobody could wait."""
    await fetch(
        "INSERT INTO sender_pace (channel, free_at) VALUES ($1, $2::timestamptz + $3) "
        "ON CONFLICT (channel) DO UPDATE SET free_at = greatest(sender_pace.free_at, $2) + $3",
        channel,
        now - _full(per_second),
        timedelta(seconds=segments / per_second),
    )


def _bucket(per_second: float) -> float:
    return max(1.0, per_second)


def _full(per_second: float) -> timedelta:
    return timedelta(seconds=_bucket(per_second) / per_second)
