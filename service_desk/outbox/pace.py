"""How fast one sender sends: a token bucket in the database, so that all workers share it.

Carriers limit the segments a second of each number (ENGINEERING §4): what comes faster is queued by
them for hours, and then refused. A bucket holds one second's worth, and one segment at least.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service_desk.database import fetch, fetch_value
from service_desk.rules.messages.sms_segments import segments_of

_ROUNDING = 1e-6


def segments_in(channel: str, body: str) -> int:
    """What a text takes out of the bucket: an SMS each of its segments."""
    return max(1, segments_of(body).segments) if channel == "sms" else 1


def count_fitting(sizes: Sequence[int], room: float, per_second: float) -> int:
    """How many of these texts may leave, in their order, where there is so much room.

    One that is larger than a bucket leaves when that is full, and those after it wait the longer.
    """
    for count, size in enumerate(sizes):
        if min(size, _capacity(per_second)) > room + _ROUNDING:
            return count
        room -= size
    return len(sizes)


async def available_segments(channel: str, per_second: float, now: datetime) -> float:
    """How many segments may leave now. Call it in a transaction: other workers wait for its end."""
    await fetch("SELECT pg_advisory_xact_lock(hashtextextended('pace of ' || $1, 0))", channel)
    available_at = await fetch_value(
        "SELECT available_at FROM send_throttle WHERE channel = $1", channel
    )
    full = _time_to_fill(per_second)
    since = full if available_at is None else min(now - available_at, full)
    return max(0.0, since.total_seconds() * per_second)


async def spend_segments(channel: str, per_second: float, segments: int, now: datetime) -> None:
    """So many are on their way, in the same transaction: also more than there is room for, where
    nobody could wait."""
    await fetch(
        "INSERT INTO send_throttle (channel, available_at) VALUES ($1, $2::timestamptz + $3) "
        "ON CONFLICT (channel) DO UPDATE SET available_at = greatest(send_throttle.available_at, $2) + $3",
        channel,
        now - _time_to_fill(per_second),
        timedelta(seconds=segments / per_second),
    )


def _capacity(per_second: float) -> float:
    return max(1.0, per_second)


def _time_to_fill(per_second: float) -> timedelta:
    return timedelta(seconds=_capacity(per_second) / per_second)
