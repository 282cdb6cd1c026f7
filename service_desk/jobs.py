"""Waking the worker: a commit that makes something due starts its job at once.

    async with transaction():
        outbox_id = await ...
        wake("deliver_sms", about=outbox_id)

What is due stands in PostgreSQL; a wake-up only says "look now". It goes out after the commit and
holds nobody up. If it is lost, the worker's timer finds what is due within LOOK_AHEAD
(workers/timer.py). While Valkey or the worker is gone no job runs: what is due waits until it is
back.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Literal, Protocol

import structlog
from redis.exceptions import RedisError

from service_desk.database import after_commit
from service_desk.wall_clock import now

log = structlog.get_logger()

Job = Literal[
    "record_due_levels",
    "deliver_sms",
    "deliver_whatsapp",
    "deliver_email",
    "deliver_webhooks",
    "record_undelivered",
    "fetch_due_media",
    "make_due_thumbnails",
    "send_alert_digests",
    "run_due_imports",
    "run_exports",
    "run_previews",
    "roll_out_terms",
    "plan_revisits",
    "sweep_ladders",
    "auto_close_resolved",  # by itself, where more is due than one run closes
]

LOOK_AHEAD = 5.0  # seconds after which the timer asks anew what is due, whatever has happened
ENQUEUE_TIMEOUT = 0.5  # seconds
PAUSE_AFTER_FAILURE = 5.0  # seconds without trying again


class JobQueue(Protocol):
    async def enqueue(self, job: Job, about: str) -> None:
        """Start the job in a worker, also if one of that name and `about` runs at the moment: it
        may have looked before what is now due was committed.

        Raises RedisError, OSError or TimeoutError."""
        ...


class _OpenQueue:
    queue: JobQueue | None = None
    enqueuing: asyncio.Task[None] | None = None
    paused_until = 0.0


_pending: dict[Job, str] = {}


@asynccontextmanager
async def using_queue(queue: JobQueue) -> AsyncGenerator[None]:
    """Wake-ups of this process go to that queue for the length of the block; elsewhere, nowhere."""
    before, _OpenQueue.queue = _OpenQueue.queue, queue
    try:
        yield
    finally:
        _OpenQueue.queue = before
        if _OpenQueue.enqueuing is not None:
            await _OpenQueue.enqueuing


def wake(job: Job, about: object, due_at: datetime | None = None) -> None:
    """Once the transaction is committed. `about`: what became due, for instance a row's id.

    `due_at`: it will be due then. The job is woken only if that is so soon that the timer may not
    know of it in time; it finds nothing yet, and the timer asks anew.
    """

    async def enqueue() -> None:
        if due_at is None or due_at < now() + timedelta(seconds=LOOK_AHEAD):
            wake_now(job, about)

    after_commit(enqueue)


def wake_now(job: Job, about: object) -> None:
    """Without waiting for a commit: for a job that ends before its work does."""
    if _OpenQueue.queue is None or time.monotonic() < _OpenQueue.paused_until:
        return
    _pending[job] = str(about)  # a job does all that is due: the last of several is enough
    if _OpenQueue.enqueuing is None or _OpenQueue.enqueuing.done():
        _OpenQueue.enqueuing = asyncio.create_task(_enqueue_pending(_OpenQueue.queue))


async def _enqueue_pending(queue: JobQueue) -> None:
    try:
        while _pending:
            job, about = _pending.popitem()
            async with asyncio.timeout(ENQUEUE_TIMEOUT):
                await queue.enqueue(job, about)
    except (RedisError, OSError, TimeoutError) as error:
        _pending.clear()
        _OpenQueue.paused_until = time.monotonic() + PAUSE_AFTER_FAILURE
        log.warning("jobs are not woken: Valkey is gone", error=str(error))
