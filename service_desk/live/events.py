"""Telling open pages that tickets changed. A courtesy: losing one costs a slow poll, no truth."""

import asyncio
import time

import structlog
from redis.exceptions import RedisError

from service_desk.valkey import valkey

log = structlog.get_logger()

CHANNEL = "desk:live"
ALL_TICKETS = "*"
"""In place of numbers: too many changed to name them, or time itself."""
PUBLISH_TIMEOUT = 0.5  # seconds that a change may wait for Valkey
PAUSE_AFTER_FAILURE = 5.0  # seconds without trying again, so that an outage costs nobody time


class _Pause:
    until = 0.0


_waiting: set[str] = set()
_lock = asyncio.Lock()


async def publish_changes(*numbers: str) -> None:
    """Publish the numbers of tickets that changed. Call it after the commit. Never fails.

    Whoever comes while Valkey is being spoken to goes along with the next message, together.
    """
    if not numbers or time.monotonic() < _Pause.until:
        return
    _waiting.update(numbers)
    async with _lock:
        if _waiting.isdisjoint(numbers):
            return
        together = sorted(_waiting)
        _waiting.clear()
        if time.monotonic() >= _Pause.until:
            await _publish(together)


async def _publish(numbers: list[str]) -> None:
    try:
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            await valkey().publish(CHANNEL, " ".join(numbers))
    except (RedisError, OSError, TimeoutError) as error:
        _Pause.until = time.monotonic() + PAUSE_AFTER_FAILURE
        log.warning("live pages were not told: Valkey is gone", error=str(error))
