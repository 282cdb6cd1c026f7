"""The pace of a sender: a token bucket in the database, shared by all workers.

Carriers limit the segments a second of each number: what comes faster they queue for hours and then
reject. A bucket holds one second's worth, and at least one segment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service_desk.database import fetch
from service_desk.rows import get_value
from service_desk.rules.messages.sms_segments import segments_of
from service_desk.rules.messages.vocabulary import OutboxChannel
from service_desk.tables import SendThrottle

_ROUNDING = 1e-6

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('pace of ' || $1, 0))"
_SPEND = """
INSERT INTO send_throttle (channel, available_at) VALUES ($1, $2::timestamptz + $3)
ON CONFLICT (channel) DO UPDATE SET available_at = greatest(send_throttle.available_at, $2) + $3
"""


def segments_in(channel: OutboxChannel, body: str) -> int:
    """What a message takes out of the bucket: an SMS its segments, any other message one."""
    return max(1, segments_of(body).segments) if channel == "sms" else 1


def count_fitting(sizes: Sequence[int], available: float, per_second: float) -> int:
    """How many of these texts, in their order, fit into the available segments.

    A text larger than a bucket leaves when the bucket is full, and those after it wait longer.
    """
    for count, size in enumerate(sizes):
        if min(size, _capacity(per_second)) > available + _ROUNDING:
            return count
        available -= size
    return len(sizes)


def seconds_until_fitting(size: int, available: float, per_second: float) -> float:
    """Until a text of that size fits, as `count_fitting` has it, if nothing else leaves."""
    return max(0.0, min(size, _capacity(per_second)) - available) / per_second


async def available_segments(channel: OutboxChannel, per_second: float, now: datetime) -> float:
    """How many segments may leave now. Other workers wait until the caller's transaction ends."""
    await fetch(_LOCK, channel)
    available_at = await get_value(SendThrottle.available_at, channel=channel)
    full = _time_to_fill(per_second)
    since = full if available_at is None else min(now - available_at, full)
    return max(0.0, since.total_seconds() * per_second)


async def spend_segments(
    channel: OutboxChannel, per_second: float, segments: int, now: datetime
) -> None:
    """Take segments out of the bucket, in the transaction that sends them. It may go below zero:
    a text larger than the bucket cannot be sent in parts."""
    spent = timedelta(seconds=segments / per_second)
    await fetch(_SPEND, channel, now - _time_to_fill(per_second), spent)


def _capacity(per_second: float) -> float:
    return max(1.0, per_second)


def _time_to_fill(per_second: float) -> timedelta:
    return timedelta(seconds=_capacity(per_second) / per_second)
