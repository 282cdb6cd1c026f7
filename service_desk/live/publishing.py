"""Notifying open pages of changed tickets. If a notification is lost, the pages catch up later."""

import asyncio
import time

import structlog
from redis.exceptions import RedisError

from service_desk.valkey import valkey

log = structlog.get_logger()

CHANNEL = "desk:live"
ALL_TICKETS = "*"
"""In place of numbers: too many tickets changed to list them, or time has passed."""
PUBLISH_TIMEOUT = 0.5  # seconds
PAUSE_AFTER_FAILURE = 5.0  # seconds without another try, so that an outage delays nobody


class Pause:
    until = 0.0


_pending: set[str] = set()
_lock = asyncio.Lock()


async def publish_changes(*numbers: str) -> None:
    """Publish the numbers of changed tickets. Call it after the commit. Never raises.

    Calls that arrive while a message is being published share the next one.
    """
    if not numbers or time.monotonic() < Pause.until:
        return
    _pending.update(numbers)
    async with _lock:
        if _pending.isdisjoint(numbers):
            return
        changed = sorted(_pending)
        _pending.clear()
        if time.monotonic() >= Pause.until:
            await _publish(changed)


async def _publish(numbers: list[str]) -> None:
    try:
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            await valkey().publish(CHANNEL, " ".join(numbers))
    except (RedisError, OSError, TimeoutError) as error:
        Pause.until = time.monotonic() + PAUSE_AFTER_FAILURE
        log.warning("live update not published: Valkey is gone", error=str(error))
