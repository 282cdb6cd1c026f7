"""Wakes each job when its next row falls due, instead of asking every second (DESIGN §2.3).

The timer asks PostgreSQL when that is and sleeps until then. It asks anew after each job that ran
in this worker, as that may have changed it, and after LOOK_AHEAD in any case: so it knows in time
what somebody else has made due for later than that. What is due sooner was woken by its commit
(`wake` in service_desk/jobs.py), so a job ran.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import structlog

from service_desk import wall_clock
from service_desk.database import DATABASE_ERRORS
from service_desk.jobs import LOOK_AHEAD, Job, wake_now
from service_desk.operating.next_due import NextDue, next_due
from service_desk.settings import get_settings

MIN_PAUSE = 0.25  # seconds between two questions, however busy the desk is

log = structlog.get_logger()


class DueTimer:
    """`intervals`: a job is woken by it at most once in so many seconds. Some of what is due cannot
    be done yet: a sender's pace, another worker or a minute's digest may hold it."""

    def __init__(self, intervals: Mapping[Job, float]) -> None:
        self._intervals = intervals
        self._may_wake_at: dict[Job, float] = dict.fromkeys(intervals, 0.0)  # time.monotonic()
        self._ask_anew = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    def ask_anew(self) -> None:
        """What is due next may have changed. Raises what the timer failed with, if it has: a worker
        must not go on without it."""
        if self.task.done():
            self.task.result()
        self._ask_anew.set()

    async def _run(self) -> None:
        while True:
            self._ask_anew.clear()
            pause = await self._wake_due()
            await asyncio.sleep(MIN_PAUSE)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause - MIN_PAUSE):
                    await self._ask_anew.wait()

    async def _wake_due(self) -> float:
        """Wake the jobs that are due. Returns the seconds until the next one may be."""
        try:
            if get_settings().demo:
                await wall_clock.follow_demo_clock()
            now = wall_clock.now()
            waits = [self._wake_or_wait(due, now) for due in await next_due(now)]
        except (*DATABASE_ERRORS, OSError, TimeoutError) as error:
            log.warning("what is due is not known: the database is gone", error=repr(error))
            waits = []
        return min(waits, default=LOOK_AHEAD)

    def _wake_or_wait(self, due: NextDue, now: datetime) -> float:
        """The seconds after which to ask about this job again."""
        until_due = (due.due_at - now).total_seconds()
        until_allowed = self._may_wake_at[due.job] - time.monotonic()
        if (wait := max(until_due, until_allowed)) > 0:
            return min(wait, LOOK_AHEAD)
        wake_now(due.job, about="due")
        self._may_wake_at[due.job] = time.monotonic() + self._intervals[due.job]
        return self._intervals[due.job]


@asynccontextmanager
async def due_timer(intervals: Mapping[Job, float]) -> AsyncGenerator[DueTimer]:
    """A timer that runs for the length of the block."""
    timer = DueTimer(intervals)
    try:
        yield timer
    finally:
        timer.task.cancel()
        with suppress(asyncio.CancelledError):
            await timer.task
