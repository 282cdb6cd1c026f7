"""Long jobs are done once, begun anew after a crash, dropped when cancelled."""

import asyncio
import contextvars
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import InvalidInput
from service_desk.long_jobs import running
from service_desk.long_jobs.operations import cancel_job, retry_job, start_job
from service_desk.long_jobs.queries import get_job, outcome_of
from service_desk.long_jobs.running import MAX_ATTEMPTS, RunningJob, run_next_job
from tests.factories import NOW, make_staff

EXPIRE = "UPDATE long_job SET lease_until = now() - interval '1 second'"


async def start(what: str = "a") -> int:
    staff: int | None = await fetch_value("SELECT id FROM staff")
    staff = staff or await make_staff()
    return await start_job("export", {"what": what}, staff_id=staff, now=NOW)


async def shown(job: int) -> Sequence[Any]:
    row = await fetch_one(
        "SELECT state, steps_done, steps_in_all, attempts, lease_until IS NULL FROM long_job "
        "WHERE id = $1",
        job,
    )
    assert row is not None
    return tuple(row)


async def write(job: RunningJob, file: Path) -> None:
    await job.progress(2, 3)
    file.write_bytes(job.input["what"].encode() * 5)


async def look(work: running.Work = write) -> bool:
    return await run_next_job("export", work, NOW)


async def test_its_outcome_is_kept_piece_by_piece(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PART_BYTES", 2)
    job = await start()
    assert [await look(), await look()] == [True, False]
    assert await shown(job) == ("done", 2, 3, 1, True)
    assert await fetch_value("SELECT count(*) FROM long_job_part") == 3
    assert await outcome_of(await get_job(job, "export", staff_id=1)) == b"aaaaa"


async def test_two_workers_do_one_each(desk: str) -> None:
    jobs = [await start("a"), await start("b")]
    assert sorted(await asyncio.gather(look(), look(), look())) == [False, True, True]
    for job, content in zip(jobs, (b"aaaaa", b"bbbbb"), strict=True):
        assert await outcome_of(await get_job(job, "export", staff_id=1)) == content


async def test_its_lease_is_held_while_it_goes_on(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "HOLD_SECONDS", 0.01)
    job, begun, may_end = await start(), asyncio.Event(), asyncio.Event()

    async def waits(_: RunningJob, file: Path) -> None:
        begun.set()
        await may_end.wait()
        file.touch()

    working = asyncio.create_task(look(waits))
    await begun.wait()
    await fetch(EXPIRE)
    while await fetch_value("SELECT lease_until < now() FROM long_job"):
        await asyncio.wait({working}, timeout=0.01)
    assert not await look()
    may_end.set()
    await working
    assert (await shown(job))[0] == "done"


async def test_cancelled_it_is_dropped_in_the_middle(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "HOLD_SECONDS", 0.01)
    job, begun = await start(), asyncio.Event()

    async def endless(_: RunningJob, __: Path) -> None:
        begun.set()
        await asyncio.Event().wait()

    working = asyncio.create_task(look(endless))
    await begun.wait()
    await cancel_job(job, "export", staff_id=1, now=NOW)
    assert await working
    assert (await shown(job))[0] == "cancelled"
    assert not await look()


async def test_cancelled_at_its_end_nothing_of_it_is_kept(desk: str) -> None:
    job = await start()

    async def then_cancelled(_: RunningJob, file: Path) -> None:
        file.write_bytes(b"late")
        await cancel_job(job, "export", staff_id=1, now=NOW)

    assert await look(then_cancelled)
    assert (await shown(job))[0] == "cancelled"
    assert await fetch_value("SELECT count(*) FROM long_job_part") == 0


async def test_another_worker_begins_anew_after_a_killed_one(desk: str) -> None:
    job = await start()
    await fetch(running.CLAIM, "export", running.LEASE)  # and is killed
    assert not await look()
    await fetch(EXPIRE)
    assert await look()
    assert await shown(job) == ("done", 2, 3, 2, True)


async def test_a_worker_that_was_only_slow_keeps_nothing(desk: str) -> None:
    job = await start()

    async def too_slow(_: RunningJob, file: Path) -> None:
        file.write_bytes(b"old")
        await fetch(EXPIRE)
        await asyncio.create_task(look(), context=contextvars.Context())

    assert await look(too_slow)
    assert await outcome_of(await get_job(job, "export", staff_id=1)) == b"aaaaa"


async def test_a_worker_that_stops_leaves_it_to_another_at_once(desk: str) -> None:
    job = await start()

    async def until_the_worker_stops(_: RunningJob, __: Path) -> None:
        working.cancel()
        await asyncio.Event().wait()

    working = asyncio.create_task(look(until_the_worker_stops))
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await shown(job) == ("queued", 0, None, 0, True)
    assert await look()


async def fails(_: RunningJob, __: Path) -> None:
    raise RuntimeError("no such column")


async def test_an_error_is_tried_again_then_given_up_and_retried(desk: str) -> None:
    job = await start()
    with capture_logs() as logged:
        for _ in range(MAX_ATTEMPTS):
            assert await look(fails)
            await fetch(EXPIRE + " WHERE state = 'running'")
    assert [line["attempt"] for line in logged] == [1, 2, 3]
    assert (await shown(job))[0] == "failed"
    seen = await get_job(job, "export", staff_id=1, locale="zh")
    assert seen.error is not None
    assert "3 次" in seen.error
    await retry_job(job, "export", staff_id=1)
    assert await look()
    assert await shown(job) == ("done", 2, 3, 1, True)


async def test_one_that_kills_its_worker_each_time_is_given_up(desk: str) -> None:
    job = await start()
    await fetch("UPDATE long_job SET attempts = $1", MAX_ATTEMPTS)
    assert await look()
    assert (await shown(job))[0] == "failed"


async def test_one_that_takes_too_long_counts_as_an_error(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MAX_SECONDS", 0.01)
    job = await start()

    async def endless(_: RunningJob, __: Path) -> None:
        await asyncio.Event().wait()

    with capture_logs():
        assert await look(endless)
    assert await shown(job) == ("running", 0, None, 1, False)


async def test_what_cannot_be_done_is_said_and_not_tried_again(desk: str) -> None:
    async def refused(_: RunningJob, __: Path) -> None:
        raise InvalidInput("There is no import {run}.", run=7)

    job = await start()
    assert await look(refused)
    assert (await get_job(job, "export", staff_id=1)).error == "There is no import 7."
