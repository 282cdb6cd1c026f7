"""A worker that outlives Valkey, and looks into its queue as soon as something is enqueued.

arq's own ends, with pages of traceback, when Valkey is gone; and it only polls.
"""

import asyncio
from contextlib import suppress
from typing import Any, cast

import structlog
from arq.worker import Worker, get_kwargs
from redis.exceptions import RedisError

from service_desk.valkey import ValkeyClient
from workers.queue import WAKE_CHANNEL

CONNECTION_ERRORS = (RedisError, OSError, TimeoutError)
RETRY_DELAY = 0.5  # seconds between two tries

log = structlog.get_logger()


class ReconnectingWorker(Worker):
    """`disconnected`: Valkey is gone at the moment. `is_listening`: enqueued jobs start at once."""

    disconnected = False
    is_listening = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._poll_seconds = self.poll_delay_s
        self.poll_delay_s = 0.0  # the pause between two polls is ours: _pause()
        self._woken = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def _poll_iteration(self) -> None:
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        self._woken.clear()
        try:
            await super()._poll_iteration()
        except CONNECTION_ERRORS as error:
            if not self.disconnected:
                log.warning("Valkey is gone: jobs wait until it is back", error=str(error))
            self.disconnected = True
            await asyncio.sleep(RETRY_DELAY)
        else:
            if self.disconnected:
                log.info("Valkey is back: jobs run again")
                self._reset_after_reconnect()
            self.disconnected = False
            await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._woken.wait()

    async def _listen(self) -> None:
        """Without a connection the worker polls, until there is one again."""
        while True:
            with suppress(*CONNECTION_ERRORS):
                async with cast(ValkeyClient, self.pool).pubsub() as subscription:
                    await subscription.subscribe(WAKE_CHANNEL)
                    async for message in subscription.listen():
                        self.is_listening |= message["type"] == "subscribe"
                        self._woken.set()
            self.is_listening = False
            await asyncio.sleep(RETRY_DELAY)

    async def close(self) -> None:
        await self.stop_listening()
        await super().close()

    async def stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    def _reset_after_reconnect(self) -> None:
        """arq counts a job that it was about to start, even if it then could not; and its
        heartbeat is due at once."""
        self._last_health_check = 0.0
        if not self.tasks:
            self.job_counter = 0
            self.sem = asyncio.BoundedSemaphore(self.max_jobs + 1)


def make_worker(settings: Any, **others: Any) -> ReconnectingWorker:
    return ReconnectingWorker(**{**cast(dict[str, Any], get_kwargs(settings)), **others})
