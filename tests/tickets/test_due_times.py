"""Due times set manually: by whom, within which limits, and what stays on record."""

from datetime import timedelta
from typing import Any

import pytest

from service_desk.errors import Conflict, InvalidInput, NotAllowed
from service_desk.rules.tickets.vocabulary import TargetClock
from service_desk.ticket_views.schemas import ClockView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import progress
from service_desk.tickets.due_times import set_due
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)


async def resolution(number: str) -> ClockView:
    clocks = {clock.name: clock for clock in (await get_ticket(number, NOW)).clocks}
    return clocks["resolution"]


async def test_an_agent_sets_it_earlier_and_a_supervisor_later(desk: str) -> None:
    agent, boss = await make_staff("agent"), await make_staff("supervisor")
    number = (await make_ticket()).number
    by_agent: dict[str, Any] = {"reason": "They leave at noon", "staff_id": agent, "now": NOW}
    with pytest.raises(NotAllowed, match="Only a supervisor"):
        await set_due(number, "resolution", NOW + 49 * HOUR, **by_agent)
    assert (await resolution(number)).due_at == NOW + 48 * HOUR
    await set_due(number, "resolution", NOW + 48 * HOUR, **by_agent)
    await set_due(number, "resolution", NOW + 20 * HOUR, **by_agent)
    with pytest.raises(NotAllowed):
        await set_due(number, "resolution", NOW + 21 * HOUR, **by_agent)
    await set_due(number, "resolution", NOW + 90 * HOUR, "Parts", staff_id=boss, now=NOW)
    clock = await resolution(number)
    assert (clock.due_at, clock.due_set_manually) == (NOW + 90 * HOUR, True)
    events = [e for e in (await get_ticket(number, NOW)).events if e.type == "due.set"]
    assert [event.data["due_before"] for event in events] == [
        "2026-10-17T02:00:00Z",
        "2026-10-17T02:00:00Z",
        "2026-10-15T22:00:00Z",
    ]
    assert [event.actor for event in events] == [f"staff:{agent}"] * 2 + [f"staff:{boss}"]


async def test_an_overdue_clock_cannot_be_moved(desk: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    due: dict[str, Any] = {"reason": "Agreed", "staff_id": boss}
    await progress.wait(number, "customer", staff_id=boss, now=NOW + 49 * HOUR)
    for now in (NOW + 49 * HOUR, NOW + 60 * HOUR):  # also while it is paused
        with pytest.raises(Conflict, match="overdue, and that stays on record"):
            await set_due(number, "resolution", NOW + 90 * HOUR, now=now, **due)
    assert (await resolution(number)).due_at == NOW + 48 * HOUR
    other = (await make_ticket(phone="+8613800138001")).number
    await set_due(other, "resolution", NOW + 90 * HOUR, now=NOW + 48 * HOUR, **due)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"at": NOW}, "at"),
        ({"at": NOW - HOUR}, "at"),
        ({"at": NOW + 400 * 24 * HOUR}, "at"),
        ({"clock": "next_response"}, "clock"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
async def test_invalid_input(desk: str, wrong: dict[str, Any], field: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    given: dict[str, Any] = {"at": NOW + HOUR, "clock": "resolution", "reason": "Agreed"}
    clock: TargetClock = (given := given | wrong).pop("clock")
    with pytest.raises(InvalidInput) as error:
        await set_due(number, clock, **given, staff_id=boss, now=NOW)
    assert error.value.field == field
