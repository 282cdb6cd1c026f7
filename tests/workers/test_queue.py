"""The job queue on a real Valkey, and a worker that is woken rather than polling."""

import asyncio
from contextlib import suppress
from typing import Any

from arq import func
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import ConnectionPool

from service_desk.database import transaction
from service_desk.embedded import ServerUrls
from service_desk.jobs import wake
from workers.queue import QUEUE_NAME, ArqQueue, job_queue
from workers.reconnecting import ReconnectingWorker, make_worker
from workers.settings import WorkerSettings

NEVER = 3600.0  # seconds between two polls: what runs was woken


async def test_the_same_job_about_the_same_thing_waits_once(servers: ServerUrls) -> None:
    redis = ArqRedis(
        connection_pool=ConnectionPool.from_url(servers.redis_url), default_queue_name=QUEUE_NAME
    )
    await redis.delete(QUEUE_NAME)
    queue = ArqQueue(redis)
    for _ in range(3):
        await queue.enqueue("deliver_sms", "7")
    await queue.enqueue("deliver_sms", "8")
    try:
        waiting = await redis.zrange(QUEUE_NAME, 0, -1)
        assert waiting == [b"deliver_sms:7", b"deliver_sms:8"]
    finally:
        await redis.delete(QUEUE_NAME, "arq:job:deliver_sms:7", "arq:job:deliver_sms:8")
        await redis.aclose(close_connection_pool=True)


async def test_a_commit_starts_the_job_in_a_worker_that_does_not_poll(
    desk: str, servers: ServerUrls
) -> None:
    ran = asyncio.Event()

    async def deliver_sms(ctx: dict[str, Any]) -> None:
        ran.set()

    worker = make_worker(
        WorkerSettings,
        functions=[func(deliver_sms, name="deliver_sms")],
        cron_jobs=None,
        redis_settings=RedisSettings.from_dsn(servers.redis_url),
        on_startup=None,
        on_shutdown=None,
        handle_signals=False,
        poll_delay=NEVER,
    )
    running = asyncio.create_task(worker.main())
    try:
        await listening(worker)
        async with job_queue(servers.redis_url), transaction():
            wake("deliver_sms", about=1)
        await asyncio.wait_for(ran.wait(), 30)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        await worker.stop_listening()
        await worker.pool.aclose(close_connection_pool=True)  # arq's own way is deprecated


async def listening(worker: ReconnectingWorker) -> None:
    """Until it has polled for the first time and hears what is published."""
    while not worker.is_listening:  # noqa: ASYNC110 - arq offers no event
        await asyncio.sleep(0.01)
