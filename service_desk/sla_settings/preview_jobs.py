"""Previews of edits for pages: at once on a small desk, else a long job of the worker."""

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from service_desk.database import fetch_value
from service_desk.long_jobs.operations import has_ended_soon, start_job
from service_desk.long_jobs.queries import get_job, outcome_of
from service_desk.long_jobs.running import RunningJob
from service_desk.long_jobs.schemas import LongJobView
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import Policy
from service_desk.sla_settings.ordering import Move
from service_desk.sla_settings.preview import (
    EditPreview,
    PreviewProgress,
    preview_calendar,
    preview_move,
    preview_policy,
    preview_retirement,
)
from service_desk.tables.conditions import IS_OPEN

MAX_AT_ONCE = 2_000  # open tickets: half a second
HAS_MORE_OPEN = f"SELECT EXISTS (SELECT FROM ticket WHERE {IS_OPEN} OFFSET $1)"


class PolicyEdit(Struct, frozen=True, tag_field="edit", tag="policy"):
    """`based_on`: the version that was edited, 0 for a new policy."""

    policy: Policy
    based_on: int


class CalendarEdit(Struct, frozen=True, tag_field="edit", tag="calendar"):
    """The calendar stores its holidays."""

    name: str
    calendar: Calendar
    based_on: int


class Retirement(Struct, frozen=True, tag_field="edit", tag="retirement"):
    name: str


class OrderChange(Struct, frozen=True, tag_field="edit", tag="order"):
    move: Move


Edit = PolicyEdit | CalendarEdit | Retirement | OrderChange


async def preview_or_start(edit: Edit, *, staff_id: int, now: datetime) -> EditPreview | int:
    """The effects of the edit; or the id of the job that is still calculating them, or has failed
    to."""
    if not await fetch_value(HAS_MORE_OPEN, MAX_AT_ONCE):
        return await _effects(edit, now)
    input_ = msgspec.to_builtins(edit)
    job_id = await start_job("preview", input_, staff_id=staff_id, now=now)
    if await has_ended_soon(job_id):
        job = await get_job(job_id, "preview", staff_id=staff_id)
        if job.state == "done":
            return await _outcome(job)
    return job_id


async def finished_preview(job_id: int, *, staff_id: int) -> tuple[Edit, EditPreview]:
    """Raises NotFound, and Conflict if it is not done."""
    job = await get_job(job_id, "preview", staff_id=staff_id)
    return edit_of(job), await _outcome(job)


def edit_of(job: LongJobView | RunningJob) -> Edit:
    return msgspec.convert(job.input, Edit, strict=False)  # keys of JSON are text


async def calculate_preview(job: RunningJob, file: Path) -> None:
    """The work of the job."""
    preview = await _effects(edit_of(job), job.requested_at, job.progress)
    file.write_bytes(msgspec.json.encode(preview))


async def _effects(
    edit: Edit, now: datetime, progress: PreviewProgress | None = None
) -> EditPreview:
    match edit:
        case PolicyEdit(policy):
            return await preview_policy(policy, now, progress)
        case CalendarEdit(name, calendar):
            return await preview_calendar(name, calendar, now, progress)
        case Retirement(name):
            return await preview_retirement(name, now, progress)
        case OrderChange(move):
            return await preview_move(move, now, progress)


async def _outcome(job: LongJobView) -> EditPreview:
    return msgspec.json.decode(await outcome_of(job), type=EditPreview)
