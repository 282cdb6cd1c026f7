"""A worker that outlives Valkey: arq's own ends, with pages of traceback, when it is gone."""

import asyncio
from typing import Any, cast

import structlog
from arq.worker import Worker, get_kwargs
from redis.exceptions import RedisError

GONE = (RedisError, OSError, TimeoutError)
PAUSE = 0.5  # seconds between two tries

log = structlog.get_logger()


class PatientWorker(Worker):
    gone = False

    async def _poll_iteration(self) -> None:
        try:
            await super()._poll_iteration()
        except GONE as error:
            if not self.gone:
                log.warning("Valkey is gone: jobs wait until it is back", error=str(error))
            self.gone = True
            await asyncio.sleep(PAUSE)
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


def patient_worker(settings: Any, **others: Any) -> PatientWorker:
    return PatientWorker(**{**cast(dict[str, Any], get_kwargs(settings)), **others})
