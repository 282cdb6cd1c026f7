"""Does long jobs, one at a look; run by the worker.

A job belongs to one worker while its lease lasts, which is held as long as the work goes on. A
worker that is killed leaves the lease behind, and another one begins anew when it is over. What
goes wrong three times fails. A job that is cancelled is dropped in the middle of what it does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from msgspec import Struct
from msgspec.structs import asdict

from service_desk.database import fetch_as, fetch_value, transaction
from service_desk.errors import DeskError
from service_desk.i18n.stored_errors import stored_error
from service_desk.i18n.translate import N_
from service_desk.rows import insert, update_counted
from service_desk.rules.tickets.vocabulary import LongJobKind
from service_desk.tables import LongJob, LongJobPart

LEASE = timedelta(seconds=30)
HOLD_SECONDS = 2.0  # from one time to the next: so long a cancelled one may go on
MAX_ATTEMPTS = 3
MAX_SECONDS = 840  # of one attempt: less than the job's timeout (workers/schedule.py)
PART_BYTES = 1_000_000
GIVEN_UP = N_(
    "The desk met an error, {attempts} times. The worker's log says which. When it is mended, "
    "retry."
)

# Leases are about processes, so they follow the database's clock: the demo's may jump.
CLAIM = """
UPDATE long_job SET state = 'running', lease_until = now() + $2::interval,
    attempts = attempts + 1, steps_done = 0, steps_in_all = NULL
WHERE id = (
    SELECT id FROM long_job WHERE kind = $1 AND state IN ('queued', 'running')
        AND (lease_until IS NULL OR lease_until < now())
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, input, requested_by, requested_at, attempts
"""
HOLD = """
UPDATE long_job SET lease_until = now() + $3::interval
WHERE id = $1 AND state = 'running' AND attempts = $2 RETURNING true
"""

log = structlog.get_logger()


class RunningJob(Struct, frozen=True):
    """A job that this process does. `attempts`: this one included."""

    id: int
    input: Any
    requested_by: int
    requested_at: datetime
    attempts: int

    async def progress(self, done: int, in_all: int | None) -> None:
        await _update(self, {LongJob.steps_done: done, LongJob.steps_in_all: in_all})


Work = Callable[[RunningJob, Path], Awaitable[None]]
"""Writes its outcome to the file. It is begun anew if it was interrupted, so it changes nothing."""


class _NoLongerOurs(Exception):
    """It was cancelled, or another worker has taken over."""


async def run_next_job(kind: LongJobKind, work: Work, now: datetime) -> bool:
    """Do one that waits; whether there was one. Any number of workers may call this."""
    claimed = await fetch_as(RunningJob, CLAIM, kind, LEASE)
    if not claimed:
        return False
    (job,) = claimed
    try:
        if job.attempts > MAX_ATTEMPTS:  # the worker was killed each time
            await _fail(job, _given_up(), now)
        else:
            await _do(job, work, now)
    except _NoLongerOurs:
        pass
    except DeskError as error:
        await _fail(job, error, now)
    except Exception:
        log.exception("long job failed", job=job.id, kind=kind, attempt=job.attempts)
        if job.attempts >= MAX_ATTEMPTS:
            await _fail(job, _given_up(), now)
        # else it is tried again when the lease is over: the cause may be, too
    except BaseException:  # this worker stops
        await _release(job)
        raise
    return True


async def _do(job: RunningJob, work: Work, now: datetime) -> None:
    with TemporaryDirectory(prefix="desk-") as folder:
        outcome = Path(folder) / "outcome"
        working = asyncio.ensure_future(work(job, outcome))
        try:
            async with asyncio.timeout(MAX_SECONDS):
                while not (await asyncio.wait({working}, timeout=HOLD_SECONDS))[0]:
                    if not await fetch_value(HOLD, job.id, job.attempts, LEASE):
                        raise _NoLongerOurs
                await working
        finally:
            working.cancel()
            await asyncio.wait({working})
        await _finish(job, outcome, now)


async def _finish(job: RunningJob, outcome: Path, now: datetime) -> None:
    async with transaction():
        ended = {LongJob.state: "done", LongJob.finished_at: now, LongJob.lease_until: None}
        await _update(job, ended)
        with outcome.open("rb") as file:
            position = 0
            while content := file.read(PART_BYTES):
                await insert(LongJobPart, job=job.id, position=position, content=content)
                position += 1


async def _fail(job: RunningJob, error: DeskError, now: datetime) -> None:
    failed = {"state": "failed", "finished_at": now, "lease_until": None}
    with suppress(_NoLongerOurs):
        await _update(job, failed | asdict(stored_error(error)))


async def _release(job: RunningJob) -> None:
    """Another worker begins at once, and this one's stop counts as no attempt."""
    released = {"state": "queued", "lease_until": None, "attempts": job.attempts - 1}
    with suppress(_NoLongerOurs):
        await _update(job, released)


async def _update(job: RunningJob, values: dict[Any, Any]) -> None:
    """Raises _NoLongerOurs."""
    if not await update_counted(LongJob, values, id=job.id, state="running", attempts=job.attempts):
        raise _NoLongerOurs


def _given_up() -> DeskError:
    return DeskError(GIVEN_UP, attempts=MAX_ATTEMPTS)
