"""now(): the only place that reads the wall clock.

In demo mode the desk's time runs ahead of the wall by an offset kept in the database
(`POST /demo/clock`), followed by web and worker alike: both call `follow_demo_clock`.
"""

from datetime import UTC, datetime, timedelta

from service_desk.database import fetch_value

OFFSET = "SELECT coalesce(max(offset_seconds), 0) FROM demo_clock"
ADVANCE = """
INSERT INTO demo_clock (id, offset_seconds) VALUES (1, $1)
ON CONFLICT (id) DO UPDATE SET offset_seconds = demo_clock.offset_seconds + $1
RETURNING offset_seconds
"""

_offset = timedelta()


def now() -> datetime:
    """The desk's time, in UTC."""
    return datetime.now(UTC) + _offset


def real_now() -> datetime:
    """The real time, in UTC: for what others compare with their own clocks."""
    return now() - _offset


async def follow_demo_clock() -> None:
    """Read the offset that `POST /demo/clock` wrote; call it before `now()`."""
    set_offset(await fetch_value(OFFSET))


async def advance_demo_clock(seconds: int) -> datetime:
    """Move the desk's time forward for good. Returns the new time."""
    set_offset(await fetch_value(ADVANCE, seconds))
    return now()


def set_offset(seconds: int) -> None:
    global _offset  # noqa: PLW0603 - one clock per process
    _offset = timedelta(seconds=seconds)
