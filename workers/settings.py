"""How arq runs our worker: `arq workers.settings.WorkerSettings`, or `service-desk worker`."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC
from typing import Any, ClassVar

from arq.connections import RedisSettings
from arq.cron import CronJob
from arq.worker import Function

from service_desk.database import database_pool
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import get_settings
from service_desk.texts.overrides import refreshing_overrides
from service_desk.valkey import WORKER_HEARTBEAT, valkey_client
from workers.queue import DEFAULT_URL, QUEUE_NAME, deserialize_job, job_queue, serialize_job
from workers.schedule import CRON_JOBS, JOBS, TIMED_JOBS
from workers.timer import due_timer


async def start(ctx: dict[str, Any]) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(database_pool(get_settings().database_url, size=6))
        await stack.enter_async_context(valkey_client())
        await stack.enter_async_context(job_queue())
        await stack.enter_async_context(open_gateways(get_settings()))
        await stack.enter_async_context(refreshing_overrides())
        ctx["timer"] = await stack.enter_async_context(due_timer(TIMED_JOBS))
        ctx["stack"] = stack.pop_all()


async def ask_anew(ctx: dict[str, Any]) -> None:
    """A job has ended: what is due next may have changed."""
    ctx["timer"].ask_anew()


async def stop(ctx: dict[str, Any]) -> None:
    if "stack" in ctx:  # else it never started
        await ctx["stack"].aclose()


class WorkerSettings:
    functions: ClassVar[list[Function]] = JOBS
    cron_jobs: ClassVar[list[CronJob]] = CRON_JOBS
    redis_settings = RedisSettings.from_dsn(get_settings().redis_url or DEFAULT_URL)
    queue_name = QUEUE_NAME
    on_startup = start
    on_shutdown = stop
    after_job_end = ask_anew
    timezone = UTC
    poll_delay = 1.0  # seconds until it looks for due crons; what is enqueued wakes it before
    max_jobs = 40  # each job, and as many that were woken meanwhile: none waits for a place
    job_timeout = 60  # a crashed worker's jobs stay locked for the longest of these
    job_completion_wait = 50  # a job's run and the longest send: what is begun is finished
    keep_result = 0
    health_check_interval = 5
    health_check_key = WORKER_HEARTBEAT
    log_results = False
    job_serializer = serialize_job
    job_deserializer: ClassVar[Callable[[bytes], dict[str, Any]]] = deserialize_job
