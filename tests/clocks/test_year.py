"""The same clock events whatever the steps of time: a year in random steps and minute by minute.

The year runs on a demo desk: `POST /demo/clock` moves it forward in steps of random length (a
minute to nine days), and the worker's job follows and sweeps; the wall clock stands still. It runs
again with a sweep, called directly, in every minute in which anything can be due. The skipped
minutes lie before the earliest `next_level_at`: the sweep's first query, `next_level_at < now`,
finds nothing in them, so it writes nothing. Another test proves that: some days around a DST change
run with a sweep in every single minute. In the nightly profile it does so around both changes and
on the demo desk, and the year has all of its 525,600 sweeps.
"""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

import pytest
from httpx import AsyncClient
from litestar import Litestar

from service_desk import wall_clock
from service_desk.clocks.sweep import record_due_levels
from service_desk.database import fetch_value
from service_desk.settings import get_settings
from tests.clocks import year
from tests.clocks.comparing import verified
from tests.demo.conftest import demo_app
from tests.in_process import client_of
from tests.profiles import NIGHTLY, in_depth
from workers import jobs

__all__ = ["demo_app"]

pytestmark = pytest.mark.nightly

MINUTE = timedelta(minutes=1)

Steps = Callable[[datetime, datetime], AsyncIterator[datetime]]


async def random_steps(now: datetime, end: datetime) -> AsyncIterator[datetime]:
    chance = random.Random(str(now))
    while True:
        step = chance.choice([60, 3600, 86400]) * chance.uniform(1, 9)
        now += timedelta(seconds=int(step))
        if now >= end:
            return
        yield now


async def every_minute(now: datetime, end: datetime) -> AsyncIterator[datetime]:
    now = now.replace(second=0)
    while (now := now + MINUTE) < end:
        yield now


async def minutes_with_something_due(now: datetime, end: datetime) -> AsyncIterator[datetime]:
    while due := await fetch_value("SELECT min(next_level_at) FROM clock"):
        minute = max(due, now).replace(second=0, microsecond=0) + MINUTE
        if minute >= end:
            return
        yield minute


class Time(Protocol):
    async def go_to(self, then: datetime) -> datetime: ...

    async def sweep(self) -> None: ...


class Direct:
    """Time as an argument."""

    async def go_to(self, then: datetime) -> datetime:
        self.now = then
        return then

    async def sweep(self) -> None:
        await record_due_levels(self.now)


class Demo:
    """The demo clock, moved by the web process and followed by the worker."""

    def __init__(self, web: AsyncClient) -> None:
        self.web = web
        self.now = year.START

    async def go_to(self, then: datetime) -> datetime:
        wall_clock.set_offset(0)
        seconds = (then - self.now) / timedelta(seconds=1)
        assert seconds == int(seconds)
        answer = await self.web.post("/demo/clock", json={"advance_seconds": int(seconds)})
        assert answer.status_code == 200
        self.now = datetime.fromisoformat(answer.json()["now"])
        assert self.now == then
        return self.now

    async def sweep(self) -> None:
        wall_clock.set_offset(0)  # the worker is another process: it reads the offset itself
        await jobs.record_due_levels({})
        assert wall_clock.now() == self.now


async def run_year(
    actions: list[tuple[datetime, year.Action]], days: int, steps: Steps, time: Time
) -> int:
    """Carry out the actions with sweeps between them; returns the number of sweeps."""
    await year.install()
    end, now, sweeps = year.START + timedelta(days=days), year.START, 0
    for at, action in [*actions, (end, None)]:
        async for tick in steps(now, at):
            await time.go_to(tick)
            await time.sweep()
            sweeps += 1
        now = await time.go_to(at)
        if action is not None:
            await action(now)
    await time.sweep()
    return sweeps


@pytest.fixture(autouse=True)
def frozen_wall_clock(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    class Wall(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return year.START

    monkeypatch.setattr(wall_clock, "datetime", Wall)
    yield
    wall_clock.set_offset(0)


@pytest.fixture
async def web(
    desk: str, demo_app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[AsyncClient]:
    monkeypatch.setenv("DESK_DEMO", "1")
    get_settings.cache_clear()
    async with client_of(demo_app) as client:
        yield client
    monkeypatch.undo()
    get_settings.cache_clear()


async def test_a_year_in_random_steps_and_in_minutes(web: AsyncClient) -> None:
    actions = year.actions(tickets=in_depth(40, 12), days=year.DAYS, seed=2026)
    by_minutes = every_minute if NIGHTLY else minutes_with_something_due
    random_sweeps = await run_year(actions, year.DAYS, random_steps, Demo(web))
    written = await year.clock_events()
    assert await run_year(actions, year.DAYS, by_minutes, Direct()) > random_sweeps / 10
    assert await year.clock_events() == written
    assert await verified(year.START + timedelta(days=year.DAYS)) == []
    kinds = {event[2] for event in written}
    assert kinds >= {"clock.level_reached", "clock.breached", "clock.paused", "clock.due_moved"}
    assert len(written) > in_depth(800, 200)


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 10, 30, tzinfo=UTC), *in_depth([datetime(2026, 3, 6, tzinfo=UTC)], [])],
)
async def test_minutes_with_nothing_due_change_nothing(
    web: AsyncClient, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = in_depth(3, 2)  # New York's clocks change on the last day
    monkeypatch.setattr(year, "START", start + timedelta(days=3 - days))
    actions = year.actions(tickets=in_depth(12, 16), days=days - 1, seed=start.month)
    time = Demo(web) if NIGHTLY else Direct()
    minutes = await run_year(actions, days, every_minute, time)
    assert minutes > days * 24 * 60 * 0.95
    written = await year.clock_events()
    assert await run_year(actions, days, minutes_with_something_due, Direct()) < minutes / 10
    assert await year.clock_events() == written
    assert len(written) > 100
