"""How arq runs our worker: what its settings make of a worker that died."""

import logging

import pytest
from arq.connections import RedisSettings, create_pool
from arq.constants import retry_key_prefix
from arq.worker import Worker

from service_desk.embedded import ServerUrls
from service_desk.valkey import WORKER_HEARTBEAT
from workers.settings import WorkerSettings


async def never_run(ctx: dict[str, object]) -> None:
    raise AssertionError


async def test_a_job_that_died_too_often_leaves_one_line_in_the_log(
    servers: ServerUrls, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed in a job leaves its count of tries behind; arq then writes an
    exception as the job's result, which the serializer must be able to say."""
    caplog.set_level(logging.INFO, logger="arq")
    for name in ("arq.worker", "arq.jobs"):  # import-linter, run by another test, disables them
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
    redis = await create_pool(
        RedisSettings.from_dsn(servers.redis_url),
        job_serializer=WorkerSettings.job_serializer,
        default_queue_name="tests:arq",
    )
    try:
        await redis.set(f"{retry_key_prefix}died", 5)
        await redis.enqueue_job("never_run", _job_id="died")
        worker = Worker(
            functions=[never_run],
            redis_pool=redis,
            queue_name="tests:arq",
            burst=True,
            max_tries=5,
            keep_result=60,
            handle_signals=False,
            job_serializer=WorkerSettings.job_serializer,
            job_deserializer=WorkerSettings.job_deserializer,
        )
        await worker.async_run()
        assert worker.jobs_failed == 1
        logged = [record.getMessage() for record in caplog.records if record.levelname != "INFO"]
        assert len(logged) == 1
        assert logged[0].endswith("max retries 5 exceeded")
        assert not any(record.exc_info for record in caplog.records)
        kept = WorkerSettings.job_deserializer(await redis.get("arq:result:died"))
        assert kept["r"] == "max 5 retries exceeded"
    finally:
        await redis.delete("arq:result:died", f"{retry_key_prefix}died")
        await redis.aclose()


def test_the_heartbeat_is_the_one_that_readiness_looks_for() -> None:
    assert WorkerSettings.health_check_key == WORKER_HEARTBEAT
