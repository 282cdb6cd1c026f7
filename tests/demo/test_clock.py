"""Moving the demo's clock."""

from datetime import UTC, datetime, timedelta

from service_desk import wall_clock
from service_desk.demo.clock import advance_clock
from service_desk.jobs import Job, using_queue


async def test_what_falls_due_in_a_jump_waits_for_no_timer(desk: str) -> None:
    woken: list[Job] = []

    class Queue:
        async def enqueue(self, job: Job, about: str) -> None:
            woken.append(job)

    try:
        async with using_queue(Queue()):
            now = await advance_clock(3600)
        assert now - datetime.now(UTC) > timedelta(minutes=59)
    finally:
        wall_clock.set_offset(0)
    assert woken == ["record_due_levels"]
