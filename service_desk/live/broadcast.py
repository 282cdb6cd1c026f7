"""One subscription to Valkey per process, passed on to all open pages.

A slow page loses only detail: its changes are collected in a bounded set of ticket numbers, and
when that is full the page refreshes everything.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from redis.exceptions import RedisError

from service_desk.live.publishing import ALL_TICKETS, CHANNEL
from service_desk.valkey import Subscription, make_client

log = structlog.get_logger()

MAX_PENDING = 200
RETRY_EVERY = 1.0  # seconds


class Listener:
    """The changes that one open page has not received yet."""

    def __init__(self, only: str | None) -> None:
        self.only = only
        self.changed: set[str] = set()
        self.wake = asyncio.Event()

    def notify(self, numbers: list[str]) -> None:
        relevant = [
            number for number in numbers if self.only in (None, number) or number == ALL_TICKETS
        ]
        if not relevant:
            return
        self.changed.update(relevant)
        if len(self.changed) > MAX_PENDING:
            self.changed = {ALL_TICKETS}
        self.wake.set()

    def drain(self) -> list[str]:
        changed, self.changed = sorted(self.changed), set()
        self.wake.clear()
        return changed


class Broadcast:
    """Runs as one task in the app's lifespan."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def open(self, only: str | None = None) -> Listener:
        """A listener to all changes, or to those of one ticket. The caller closes it."""
        listener = Listener(only)
        self._listeners.add(listener)
        return listener

    def close(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def __len__(self) -> int:
        return len(self._listeners)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        missed = False
        while True:
            try:
                async with self._subscription() as subscription:
                    await subscription.subscribe(CHANNEL)
                    if missed:
                        self._notify([ALL_TICKETS])
                    missed = False
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            self._notify(message["data"].decode().split())
            except (RedisError, OSError, TimeoutError) as error:
                if not missed:
                    log.warning("live updates interrupted: Valkey is gone", error=str(error))
                missed = True
            await asyncio.sleep(RETRY_EVERY)

    @asynccontextmanager
    async def _subscription(self) -> AsyncGenerator[Subscription]:
        client = make_client(timeout=None)
        try:
            async with client.pubsub() as subscription:
                yield subscription
        finally:
            await client.aclose()

    def _notify(self, numbers: list[str]) -> None:
        for listener in self._listeners:
            listener.notify(numbers)


BROADCAST = Broadcast()
