"""Starting a long job, waiting for it, cancelling and retrying it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service_desk.database import fetch_value, transaction
from service_desk.errors import Conflict, NotFound, StateCode
from service_desk.jobs import Job, wake
from service_desk.rows import get_value, insert, is_in, update_counted
from service_desk.rules.tickets.vocabulary import LongJobKind, LongJobState
from service_desk.tables import LongJob

UNFINISHED: tuple[LongJobState, ...] = ("queued", "running")
WORKERS_JOB: Mapping[LongJobKind, Job] = {"export": "run_exports", "preview": "run_previews"}
WAIT_SECONDS = 2.0  # for which a page waits before it shows the progress
LOOK_SECONDS = 0.05

# Whoever presses the button again waits for the same one.
ALREADY_STARTED = """
SELECT id FROM long_job WHERE kind = $1 AND input = $2 AND requested_by = $3
    AND state IN ('queued', 'running') ORDER BY id LIMIT 1
"""


async def start_job(
    kind: LongJobKind, input_: dict[str, Any], *, staff_id: int, now: datetime
) -> int:
    """Queue it for a worker; its id."""
    async with transaction():
        known: int | None = await fetch_value(ALREADY_STARTED, kind, input_, staff_id)
        if known is not None:
            return known
        job_id: int = await insert(
            LongJob, kind=kind, input=input_, requested_by=staff_id, requested_at=now
        )
        wake(WORKERS_JOB[kind], about=job_id)
    return job_id


async def has_ended_soon(job_id: int, seconds: float = WAIT_SECONDS) -> bool:
    """Wait a moment for it; whether it has ended by then."""
    for _ in range(round(seconds / LOOK_SECONDS)):
        if await get_value(LongJob.state, id=job_id) not in UNFINISHED:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def cancel_job(job_id: int, kind: LongJobKind, *, staff_id: int, now: datetime) -> None:
    """The worker stops within seconds. Nothing more happens to one that is cancelled already.

    Raises NotFound, also for what somebody else started, and Conflict if it has ended otherwise.
    """
    cancelled = {
        LongJob.state: "cancelled",
        LongJob.finished_at: now,
        LongJob.lease_until: None,
    }
    has_not_ended = is_in(LongJob.state, UNFINISHED)
    mine = {"id": job_id, "kind": kind, "requested_by": staff_id}
    if await update_counted(LongJob, cancelled, has_not_ended, **mine):
        return
    state = await _state_of(mine)
    if state != "cancelled":
        raise Conflict(
            "It is {state}; only what waits or goes on can be cancelled.",
            state=StateCode(state, "long_job_state"),
        )


async def retry_job(job_id: int, kind: LongJobKind, *, staff_id: int) -> None:
    """Queue it again, as of the time it was first asked for.

    Raises NotFound, also for what somebody else started, and Conflict unless it failed.
    """
    queued = {
        LongJob.state: "queued",
        LongJob.finished_at: None,
        LongJob.error: None,
        LongJob.error_params: None,
        LongJob.attempts: 0,
    }
    mine = {"id": job_id, "kind": kind, "requested_by": staff_id}
    async with transaction():
        if await update_counted(LongJob, queued, state="failed", **mine):
            wake(WORKERS_JOB[kind], about=job_id)
            return
    raise Conflict(
        "It is {state}; only what failed can be retried.",
        state=StateCode(await _state_of(mine), "long_job_state"),
    )


async def _state_of(mine: Mapping[str, Any]) -> LongJobState:
    """Raises NotFound."""
    state: LongJobState | None = await get_value(LongJob.state, **mine)
    if state is None:
        raise NotFound("You have no such export or preview. Results are kept for a day.")
    return state
