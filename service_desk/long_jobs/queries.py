"""Long jobs and their outcomes, each for whoever started it."""

from collections.abc import AsyncIterator

from msgspec import convert

from service_desk.database import fetch_one, fetch_value
from service_desk.errors import Conflict, NotFound, StateCode
from service_desk.i18n.stored_errors import error_sentence
from service_desk.long_jobs.schemas import LongJobView
from service_desk.rules.tickets.vocabulary import LongJobKind
from service_desk.rules.words.languages import Locale

JOB = """
SELECT id, input, state, steps_done, steps_in_all, requested_at, finished_at, error, error_params
FROM long_job WHERE id = $1 AND kind = $2 AND requested_by = $3
"""
PART = "SELECT content FROM long_job_part WHERE job = $1 AND position = $2"


async def get_job(
    job_id: int, kind: LongJobKind, *, staff_id: int, locale: Locale = "en"
) -> LongJobView:
    """Raises NotFound, also for what somebody else started."""
    row = await fetch_one(JOB, job_id, kind, staff_id)
    if row is None:
        raise NotFound("You have no such export or preview. Results are kept for a day.")
    values = dict(row)
    params = values.pop("error_params")
    if values["error"] is not None:
        values["error"] = error_sentence(values["error"], params, locale)
    return convert(values, LongJobView)


def outcome_parts(job: LongJobView) -> AsyncIterator[bytes]:
    """The outcome of a job that is done, piece by piece. Raises Conflict for another one."""
    if job.state != "done":
        raise Conflict(
            "It is {state}: there is a file only when it is done.",
            state=StateCode(job.state, "long_job_state"),
        )
    return _parts(job.id)


async def outcome_of(job: LongJobView) -> bytes:
    """A small one as a whole."""
    return b"".join([part async for part in outcome_parts(job)])


async def _parts(job_id: int) -> AsyncIterator[bytes]:
    position = 0
    while (part := await fetch_value(PART, job_id, position)) is not None:
        yield part
        position += 1
