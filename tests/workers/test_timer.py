"""The timer: wakes a job when its next row falls due, and nothing in between."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from service_desk import wall_clock
from service_desk.database import fetch, transaction
from service_desk.jobs import LOOK_AHEAD, Job, using_queue, wake
from service_desk.settings import get_settings
from tests.factories import make_ticket
from tests.outbox.delivering import queue
from workers import timer
from workers.schedule import TIMED_JOBS
from workers.timer import DueTimer, due_timer


class Woken:
    """A queue that keeps what is enqueued, and when."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Job, datetime]] = []
        self.came = asyncio.Event()

    async def enqueue(self, job: Job, about: str) -> None:
        self.jobs.append((job, datetime.now(UTC)))
        self.came.set()

    async def first(self) -> tuple[Job, datetime]:
        await asyncio.wait_for(self.came.wait(), 30)
        return self.jobs[0]


@asynccontextmanager
async def running() -> AsyncGenerator[tuple[DueTimer, Woken]]:
    woken = Woken()
    async with using_queue(woken), due_timer(TIMED_JOBS) as its:
        yield its, woken


async def level_due_at(at: datetime) -> None:
    await fetch("UPDATE clock SET next_level_at = NULL WHERE name <> 'response'")
    await fetch("UPDATE clock SET next_level_at = $1 WHERE name = 'response'", at)


async def test_a_level_wakes_its_job_when_it_is_due_and_not_before(desk: str) -> None:
    await make_ticket(at=datetime.now(UTC))
    at = datetime.now(UTC) + timedelta(seconds=0.8)
    await level_due_at(at)
    async with running() as (_, woken):
        job, when = await woken.first()
    assert job == "record_due_levels"
    assert when >= at
    assert {job for job, _ in woken.jobs} == {"record_due_levels"}


async def test_asked_anew_it_hears_of_what_is_due_sooner_than_it_knew(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would look by itself in an hour only."""
    monkeypatch.setattr(timer, "LOOK_AHEAD", 3600.0)
    async with running() as (its, woken):
        await asyncio.sleep(timer.MIN_PAUSE * 2)
        await queue()
        assert woken.jobs == [] or {job for job, _ in woken.jobs} == {"deliver_sms"}
        woken.jobs.clear()
        its.ask_anew()
        await woken.first()
    assert {job for job, _ in woken.jobs} == {"deliver_sms"}


async def test_by_itself_it_looks_again(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process has made due, and nothing was woken for."""
    monkeypatch.setattr(timer, "LOOK_AHEAD", 0.3)
    await make_ticket(at=datetime.now(UTC))
    async with running() as (_, woken):
        await asyncio.sleep(timer.MIN_PAUSE)
        assert woken.jobs == []
        await level_due_at(datetime.now(UTC) - timedelta(days=1))
        assert (await woken.first())[0] == "record_due_levels"


async def test_what_stays_due_wakes_its_job_once_an_interval(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is asked: a sender's pace, say, holds the messages."""
    monkeypatch.setattr(timer, "MIN_PAUSE", 0.01)
    await queue()
    woken = Woken()
    begin = time.monotonic()
    async with using_queue(woken), due_timer({**TIMED_JOBS, "deliver_sms": 0.5}) as its:
        while len(woken.jobs) < 3:
            its.ask_anew()
            await asyncio.sleep(0.02)
    assert time.monotonic() - begin >= 1.0  # at 0, 0.5 and 1 s at the earliest


async def test_it_follows_the_demo_clock(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_DEMO", "1")
    get_settings.cache_clear()
    try:
        await make_ticket(at=datetime.now(UTC))
        async with running() as (its, woken):
            await asyncio.sleep(timer.MIN_PAUSE)
            assert woken.jobs == []
            await wall_clock.advance_demo_clock(2 * 3600)
            its.ask_anew()
            assert (await woken.first())[0] == "record_due_levels"
    finally:
        wall_clock.set_offset(0)
        get_settings.cache_clear()


async def test_without_the_database_it_waits_and_goes_on(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timer, "LOOK_AHEAD", 0.3)
    asked = 0

    async def gone_at_first(now: datetime) -> list[object]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ConnectionRefusedError
        return [timer.NextDue("deliver_sms", now)]

    monkeypatch.setattr(timer, "next_due", gone_at_first)
    async with running() as (_, woken):
        assert (await woken.first())[0] == "deliver_sms"
    assert asked == 2


async def test_a_worker_does_not_go_on_without_it(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(now: datetime) -> list[object]:
        raise KeyError("a bug")

    monkeypatch.setattr(timer, "next_due", broken)
    its = DueTimer(TIMED_JOBS)
    await asyncio.wait([its.task], timeout=30)
    with pytest.raises(KeyError, match="a bug"):
        its.ask_anew()


@pytest.mark.parametrize(
    ("seconds", "wakes"), [(-3600, True), (LOOK_AHEAD - 1, True), (LOOK_AHEAD + 60, False)]
)
async def test_what_is_due_before_the_timer_looks_again_is_woken_by_its_commit(
    desk: str, seconds: float, wakes: bool
) -> None:
    woken = Woken()
    async with using_queue(woken), transaction():
        due_at = datetime.now(UTC) + timedelta(seconds=seconds)
        wake("record_due_levels", about=1, due_at=due_at)
    assert [job for job, _ in woken.jobs] == ["record_due_levels"] * wakes


async def test_a_ticket_received_long_ago_wakes_the_sweep(desk: str) -> None:
    woken = Woken()
    async with using_queue(woken):
        await make_ticket(at=datetime.now(UTC) - timedelta(days=3))
    assert "record_due_levels" in {job for job, _ in woken.jobs}
    fresh = Woken()
    async with using_queue(fresh):
        await make_ticket(at=datetime.now(UTC))
    assert "record_due_levels" not in {job for job, _ in fresh.jobs}
