"""A preview by the worker is the one that the request would have calculated."""

import pytest
from msgspec.structs import replace

from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.long_jobs.running import run_next_job
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES
from service_desk.sla_settings import preview_jobs
from service_desk.sla_settings.ordering import check_order_change
from service_desk.sla_settings.preview import EditPreview
from service_desk.sla_settings.preview_jobs import (
    CalendarEdit,
    Edit,
    OrderChange,
    PolicyEdit,
    Retirement,
    calculate_preview,
    finished_preview,
    preview_or_start,
)
from tests.factories import make_staff, make_ticket
from tests.working import working

STANDARD = next(policy for policy in SHIPPED_POLICIES if policy.name == "standard")
SHORTER = PolicyEdit(replace(STANDARD, targets={**STANDARD.targets, "resolution": 3600}), 1)


@pytest.fixture
async def staff(desk: str) -> int:
    await make_ticket(at=wall_clock.now())
    await make_ticket("Smoke!", phone="+8613800138001", at=wall_clock.now())
    return await make_staff("supervisor")


async def edits() -> list[Edit]:
    return [
        SHORTER,
        CalendarEdit("office", Calendar(week={"mon": [("09:00", "12:00")]}), 0),
        Retirement("counter exchange/return"),
        OrderChange(await check_order_change("counter exchange/return", "up")),
    ]


async def test_every_edit_by_the_worker_as_in_the_request(
    staff: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = wall_clock.now()
    at_once = [await preview_or_start(edit, staff_id=staff, now=now) for edit in await edits()]
    assert isinstance(at_once[0], EditPreview)
    assert (at_once[0].due_moved, at_once[0].open_tickets) == (1, 2)
    assert await fetch_value("SELECT count(*) FROM long_job") == 0

    monkeypatch.setattr(preview_jobs, "MAX_AT_ONCE", 1)
    async with working():
        by_worker = [
            await preview_or_start(edit, staff_id=staff, now=now) for edit in await edits()
        ]
    assert by_worker == at_once
    assert await fetch_value("SELECT count(*) FROM long_job WHERE state = 'done'") == 4


async def test_what_takes_longer_is_followed_and_found_again(
    staff: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def has_not_ended(_: int) -> bool:
        return False

    monkeypatch.setattr(preview_jobs, "MAX_AT_ONCE", 1)
    monkeypatch.setattr(preview_jobs, "has_ended_soon", has_not_ended)
    now = wall_clock.now()
    job = await preview_or_start(SHORTER, staff_id=staff, now=now)
    assert isinstance(job, int)
    assert await preview_or_start(SHORTER, staff_id=staff, now=now) == job
    await run_next_job("preview", calculate_preview, now)
    edit, preview = await finished_preview(job, staff_id=staff)
    assert edit == SHORTER
    assert preview.due_moved == 1
    progress = await fetch_value("SELECT ARRAY[steps_done, steps_in_all] FROM long_job")
    assert progress == [2, 2]
