"""A commit wakes its jobs: once, after it, and whatever becomes of Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis.exceptions import ConnectionError as ValkeyConnectionError

from service_desk import jobs
from service_desk.database import transaction
from service_desk.jobs import Job, using_queue, wake


class Queue:
    """`unreachable`: as if Valkey were gone."""

    def __init__(self) -> None:
        self.enqueued: list[tuple[Job, str]] = []
        self.attempts = 0
        self.unreachable = False

    async def enqueue(self, job: Job, about: str) -> None:
        self.attempts += 1
        if self.unreachable:
            raise ValkeyConnectionError
        self.enqueued.append((job, about))


@pytest.fixture
async def queue(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queue]:
    running = vars(jobs)["_OpenQueue"]
    monkeypatch.setattr(running, "paused_until", 0.0)
    async with using_queue(queue := Queue()):
        yield queue


async def all_enqueued() -> None:
    enqueuing: asyncio.Task[None] | None = vars(jobs)["_OpenQueue"].enqueuing
    if enqueuing is not None:
        await enqueuing


async def test_after_the_commit_and_not_before(desk: str, queue: Queue) -> None:
    async with transaction():
        wake("deliver_sms", about=7)
        await asyncio.sleep(0)
        assert queue.attempts == 0
    await all_enqueued()
    assert queue.enqueued == [("deliver_sms", "7")]


async def test_never_for_what_was_rolled_back(desk: str, queue: Queue) -> None:
    async def wake_and_fail() -> None:
        async with transaction():
            wake("deliver_sms", about=7)
            raise RuntimeError

    with suppress(RuntimeError):
        await wake_and_fail()
    await all_enqueued()
    assert queue.attempts == 0


async def test_a_job_is_woken_once_for_all_that_one_commit_made_due(
    desk: str, queue: Queue
) -> None:
    async with transaction():
        for number in range(50):
            wake("send_alert_digests", about=number)
        wake("deliver_email", about=1)
    await all_enqueued()
    assert sorted(queue.enqueued) == [("deliver_email", "1"), ("send_alert_digests", "49")]


async def test_without_valkey_the_commit_stands_and_later_ones_do_not_try(
    desk: str, queue: Queue
) -> None:
    queue.unreachable = True
    for _ in range(3):
        async with transaction():
            wake("deliver_sms", about=1)
        await all_enqueued()
    assert queue.attempts == 1
    assert queue.enqueued == []


async def test_where_no_queue_is_open_a_wake_up_is_dropped(desk: str, queue: Queue) -> None:
    """It is not kept for a queue that opens later: the job's cron looks by then."""
    running = vars(jobs)["_OpenQueue"]
    running.queue = None
    async with transaction():
        wake("deliver_sms", about=1)
    running.queue = queue
    async with transaction():
        wake("deliver_email", about=2)
    await all_enqueued()
    assert queue.enqueued == [("deliver_email", "2")]
