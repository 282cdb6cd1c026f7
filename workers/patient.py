"""A worker that outlives Valkey: arq's own ends, with pages of traceback, when it is gone."""

import asyncio
from typing import Any, cast

import structlog
from arq.worker import Worker, get_kwargs
from redis.exceptions import RedisError

CONNECTION_ERRORS = (RedisError, OSError, TimeoutError)
RETRY_DELAY = 0.5  # seconds between two tries

log = structlog.get_logger()


class ReconnectingWorker(Worker):
    gone = False

    async def _poll_iteration(self) -> None:
        try:
            await super()._poll_iteration()
        except CONNECTION_ERRORS as error:
            if not self.gone:
                log.warning("Valkey is gone: jobs wait until it is back", error=str(error))
            self.gone = True
            await asyncio.sleep(RETRY_DELAY)
        else:
            if self.gone:
                log.info("Valkey is back: jobs go on")
                self._start_afresh()
            self.gone = False

    def _start_afresh(self) -> None:
        """arq counts a job that it was about to start, even if it then could not; and its
        heartbeat is due at once."""
        self._last_health_check = 0.0
        if not self.tasks:
            self.job_counter = 0
            self.sem = asyncio.BoundedSemaphore(self.max_jobs + 1)


def make_worker(settings: Any, **others: Any) -> ReconnectingWorker:
    return ReconnectingWorker(**{**cast(dict[str, Any], get_kwargs(settings)), **others})
