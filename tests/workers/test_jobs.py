"""What the jobs add to the operations they call."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient

from service_desk.database import fetch, fetch_value
from service_desk.jobs import Job, using_queue
from service_desk.outbox.delivery import BATCH
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings
from tests.caller import Call
from tests.factories import make_ticket
from tests.outbox.delivering import by_twilio, queue, states
from tests.outbox.servers import fake_twilio
from workers import jobs
from workers.jobs import record_due_levels


async def test_a_job_begins_no_batch_when_its_time_is_over(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MAX_RUN_SECONDS", 0)
    async with open_gateways(Settings(demo=True)):
        await queue(BATCH + 10, "email", "ann@example.com")
        await jobs.deliver_email({})
        assert Counter(await states()) == {"sent": BATCH, "queued": 10}
        monkeypatch.setattr(jobs, "MAX_RUN_SECONDS", 5)
        await queue(BATCH, "email", "ann@example.com")
        await jobs.deliver_email({})
        assert set(await states()) == {"sent"}


async def test_a_sweep_that_still_runs_is_not_run_beside_itself(desk: str) -> None:
    await make_ticket(at=datetime.now(UTC) - timedelta(hours=3))
    await asyncio.gather(*(record_due_levels({}) for _ in range(5)))
    assert await fetch_value("SELECT count(*) FROM clock WHERE next_level_at < now()") == 0


async def test_what_is_left_when_its_time_is_over_is_for_another_job_at_once(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MAX_RUN_SECONDS", 0)
    woken: list[str] = []

    class Queue:
        async def enqueue(self, job: Job, about: str) -> None:
            woken.append(job)

    async with open_gateways(Settings(demo=True)):
        await queue(BATCH + 10, "email", "ann@example.com")
        async with using_queue(Queue()):
            await jobs.deliver_email({})
        assert woken == ["deliver_email"]


async def test_a_job_that_is_woken_all_the_time_ends_before_its_timeout(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """arq would cut it short in the middle of a batch, and what it sends would be unknown."""
    monkeypatch.setattr(jobs, "MAX_RUN_SECONDS", 0.2)

    async def roll_out(now: datetime) -> int:
        await jobs.roll_out_terms({})
        return 0

    monkeypatch.setattr(jobs.rollout, "roll_out_terms", roll_out)
    await asyncio.wait_for(jobs.roll_out_terms({}), 30)


async def test_what_waits_for_the_pace_of_its_sender_waits_for_no_timer(desk: str) -> None:
    """Five a second: a job sends more than the five that it finds allowed."""
    async with fake_twilio() as twilio, open_gateways(by_twilio(twilio, pace=5)):
        await queue(8)
        await jobs.deliver_sms({})
        assert await states() == ["sent"] * 8


async def test_a_slow_pace_is_left_to_the_timer(desk: str) -> None:
    async with fake_twilio() as twilio, open_gateways(by_twilio(twilio, pace=0.1)):
        await queue(2)
        await jobs.deliver_sms({})
        assert await states() == ["sent", "queued"]


async def test_a_call_of_which_nothing_more_is_heard_ends(client: AsyncClient) -> None:
    await Call(client).dial()
    await jobs.end_stale_calls({})
    assert await fetch_value("SELECT count(*) FROM ticket") == 0
    await fetch("UPDATE phone_call SET stale_at = now()")
    await jobs.end_stale_calls({})
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_woken_while_it_runs_a_job_looks_once_more(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What became due after it last looked waits for no timer."""
    runs: list[datetime] = []

    async def roll_out(now: datetime) -> int:
        runs.append(now)
        if len(runs) == 1:
            await jobs.roll_out_terms({})  # as a second wake-up would, in the middle of the first
        return 0

    monkeypatch.setattr(jobs.rollout, "roll_out_terms", roll_out)
    await jobs.roll_out_terms({})
    assert len(runs) == 2
