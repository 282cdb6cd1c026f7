"""The job queue, as seen by a process that enqueues: arq's, without waiting for Valkey at start."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

import msgspec
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix
from redis.asyncio import ConnectionPool

from service_desk.jobs import Job, using_queue
from service_desk.settings import get_settings
from service_desk.valkey import TIMEOUT_SECONDS

QUEUE_NAME = "desk:arq"
WAKE_CHANNEL = "desk:jobs"
"""A message here makes workers look into the queue at once (reconnecting.py)."""
DEFAULT_URL = "redis://127.0.0.1:6379"

# arq pickles by default. What a job failed with is an exception: str says it.
serialize_job = partial(msgspec.json.encode, enc_hook=str)
deserialize_job = msgspec.json.decode


class ArqQueue:
    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool

    async def enqueue(self, job: Job, about: str) -> None:
        # arq drops a job whose id is taken. That is right while the other one waits: it will look
        # later. One that runs, or has just ended, may have looked already: the next id is tried.
        for nth in count():
            job_id = f"{job}:{about}:{nth}"
            if await self._pool.enqueue_job(job, _job_id=job_id) is not None:
                break
            runs = await self._pool.exists(in_progress_key_prefix + job_id)
            if not runs and await self._pool.exists(job_key_prefix + job_id):
                break
        await self._pool.publish(WAKE_CHANNEL, job)  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py


@asynccontextmanager
async def job_queue(url: str | None = None) -> AsyncGenerator[None]:
    """For the length of the block, commits of this process wake their jobs."""
    pool = ArqRedis(
        connection_pool=ConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
            url or get_settings().redis_url or DEFAULT_URL,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
        ),
        job_serializer=serialize_job,
        job_deserializer=deserialize_job,
        default_queue_name=QUEUE_NAME,
    )
    try:
        async with using_queue(ArqQueue(pool)):
            yield
    finally:
        await pool.aclose(close_connection_pool=True)
