"""The job queue on a real Valkey, and a worker that is woken rather than polling."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from arq import func
from arq.connections import RedisSettings

from service_desk.database import transaction
from service_desk.embedded import ServerUrls
from service_desk.jobs import wake
from service_desk.outbox.gateways.channels import open_gateways
from tests.outbox.delivering import by_twilio, queue
from tests.outbox.servers import fake_twilio
from workers import jobs
from workers.queue import QUEUE_NAME, ArqQueue, job_queue
from workers.reconnecting import ReconnectingWorker, make_worker
from workers.settings import WorkerSettings

NEVER = 3600.0  # seconds between two polls: what runs was woken


async def test_a_commit_starts_the_job_in_a_worker_that_does_not_poll(
    desk: str, servers: ServerUrls
) -> None:
    ran = asyncio.Event()

    async def deliver_sms(ctx: dict[str, Any]) -> None:
        ran.set()

    async with woken_worker(servers, deliver_sms):
        async with transaction():
            wake("deliver_sms", about=1)
        await asyncio.wait_for(ran.wait(), 30)


async def test_woken_about_the_same_thing_while_it_runs_a_job_runs_once_more(
    desk: str, servers: ServerUrls
) -> None:
    """The first may have looked before the second commit. No cron and no poll would come."""
    runs, may_end = asyncio.Semaphore(0), asyncio.Event()

    async def deliver_sms(ctx: dict[str, Any]) -> None:
        runs.release()
        await may_end.wait()

    async with woken_worker(servers, deliver_sms):
        for _ in range(2):
            async with transaction():
                wake("deliver_sms", about=1)
            await asyncio.wait_for(runs.acquire(), 30)
        may_end.set()


async def test_while_a_job_waits_more_wake_ups_about_the_same_thing_are_that_job(
    desk: str, servers: ServerUrls
) -> None:
    running, may_end = asyncio.Event(), asyncio.Event()

    async def deliver_sms(ctx: dict[str, Any]) -> None:
        running.set()
        await may_end.wait()

    async with woken_worker(servers, deliver_sms, max_jobs=1) as worker:
        jobs_of = ArqQueue(worker.pool)
        await jobs_of.enqueue("deliver_sms", "1")
        await asyncio.wait_for(running.wait(), 30)
        for _ in range(20):
            await jobs_of.enqueue("deliver_sms", "1")
        assert await worker.pool.zcard(QUEUE_NAME) == 2  # the one that runs, and one that waits
        may_end.set()


async def test_a_reply_that_finds_the_bucket_of_its_sender_empty_waits_for_no_cron(
    desk: str, servers: ServerUrls
) -> None:
    """The real job: more texts than the pace allows at once, and nothing that would look again."""
    async with (
        fake_twilio() as twilio,
        open_gateways(by_twilio(twilio, pace=5)),
        woken_worker(servers, jobs.deliver_sms),
    ):
        await queue(8)
        async with asyncio.timeout(30):
            while len(twilio.sent) < 8:  # noqa: ASYNC110 - a server on another side
                await asyncio.sleep(0.01)


@asynccontextmanager
async def woken_worker(
    servers: ServerUrls,
    deliver_sms: Callable[[dict[str, Any]], Awaitable[None]],
    max_jobs: int = 10,
) -> AsyncGenerator[ReconnectingWorker]:
    """A worker without crons that does not poll, and a queue to it for the commits in the block."""
    worker = make_worker(
        WorkerSettings,
        functions=[
            func(
                deliver_sms,  # pyright: ignore[reportArgumentType] - it need not take more
                name="deliver_sms",
            )
        ],
        cron_jobs=None,
        redis_settings=RedisSettings.from_dsn(servers.redis_url),
        on_startup=None,
        on_shutdown=None,
        after_job_end=None,
        handle_signals=False,
        poll_delay=NEVER,
        max_jobs=max_jobs,
    )
    running = asyncio.create_task(worker.main())
    try:
        await listening(worker)
        async with job_queue(servers.redis_url):
            yield worker
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
