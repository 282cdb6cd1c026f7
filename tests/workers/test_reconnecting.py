"""Valkey goes away under a worker and comes back: the same worker goes on."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from arq.connections import RedisSettings
from arq.cron import cron

from service_desk.embedded import ServerUrls
from tests.wire import Wire
from workers.reconnecting import make_worker
from workers.settings import WorkerSettings, stop

ticks: list[int] = []


async def tick(ctx: dict[str, Any]) -> None:
    ticks.append(1)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        if is_so():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


async def test_it_goes_on_when_valkey_is_back(desk: str, servers: ServerUrls):
    wire = Wire(servers.redis_url)
    await wire.mend()
    worker = make_worker(
        WorkerSettings,
        cron_jobs=[cron(tick, second=set(range(60)), timeout=5)],
        redis_settings=RedisSettings.from_dsn(wire.url),
        queue_name="tests:patient",
        on_startup=None,
        on_shutdown=None,
        after_job_end=None,
        handle_signals=False,
        poll_delay=0.05,
    )
    running = asyncio.create_task(worker.main())
    try:
        await until(lambda: bool(ticks))
        await wire.cut()
        await until(lambda: worker.disconnected)
        await wire.mend()
        before = len(ticks)
        await until(lambda: len(ticks) > before + 1)
        assert not worker.disconnected
        assert not running.done()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        await worker.stop_listening()
        await worker.pool.aclose(close_connection_pool=True)  # arq's own way is deprecated
        await wire.cut()


async def test_what_never_started_is_stopped_without_complaint():
    await stop({})
