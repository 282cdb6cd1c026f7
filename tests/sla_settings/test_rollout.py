"""A rollout applies an edit to the open tickets that it concerns, and nothing else."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from service_desk.clocks.verification import verify_clocks
from service_desk.database import fetch_one, fetch_value
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.sla_settings import rollout
from service_desk.sla_settings.editing import retire_policy, save_calendar, save_policy
from service_desk.sla_settings.preview import preview_calendar, preview_policy
from service_desk.sla_settings.queries import latest_rollouts
from service_desk.sla_settings.rollout import roll_out_terms
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.classification import Classification, classify
from tests.factories import NOW, make_staff, make_ticket, resolve
from tests.sla_settings.edits import Edit, applied_to_open
from tests.sla_settings.rolling_out import roll_out_all

HOUR = timedelta(hours=1)
STANDARD = SHIPPED_POLICIES[-1]
REPAIRS = Policy("repairs", {"resolution": 30 * 3600}, Match(kinds=("repair",)))
OFFICE = Calendar(week={day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")})
CLOSED_TODAY = replace(OFFICE, closed_dates=["2026-10-15"])


@pytest.fixture
async def by_boss(desk: str) -> Edit:
    """Arguments of a supervisor's edits; in order are repairs and the shipped policies."""
    about = Edit(staff_id=await make_staff("supervisor"), now=NOW, apply_to_open=False)
    await save_policy(REPAIRS, **about)
    return about


async def resolution_due(number: str) -> float:
    """In hours."""
    clocks = {clock.name: clock for clock in (await get_ticket(number, NOW)).clocks}
    return (clocks["resolution"].due_at - NOW) / HOUR


async def verified() -> bool:
    """Whether `sla verify` reports no difference."""
    return not [batch.differences async for batch in verify_clocks(NOW) if batch.differences]


async def test_an_edit_of_another_policy_is_not_included(by_boss: Edit) -> None:
    complaint = (await make_ticket()).number
    repair = (await make_ticket(kind="repair", phone="+8613800138001")).number
    await save_policy(replace(STANDARD, targets={"resolution": 20 * 3600}), **by_boss)
    for_open = applied_to_open(by_boss)
    await save_policy(replace(REPAIRS, targets={"resolution": 10 * 3600}), **for_open)
    await roll_out_terms(NOW)
    assert (await resolution_due(complaint), await resolution_due(repair)) == (48, 10)
    assert await verified()


async def terms(number: str) -> tuple[str, int, int | None]:
    """Policy, its version, and the version of its calendar."""
    row = await fetch_one(
        "SELECT p.name, p.version, c.version AS calendar FROM ticket_event e "
        "JOIN ticket t ON t.id = e.ticket "
        "JOIN policy_version p ON p.id = (e.data->>'policy_version')::bigint "
        "LEFT JOIN calendar_version c ON c.id = (e.data->>'calendar_version')::bigint "
        "WHERE t.number = $1 AND e.type = 'sla.policy_applied' ORDER BY e.id DESC LIMIT 1",
        number,
    )
    assert row is not None
    return row["name"], row["version"], row["calendar"]


async def test_an_edit_of_the_calendar_is_not_included(by_boss: Edit) -> None:
    for_open = applied_to_open(by_boss)
    await save_calendar("office", OFFICE, **by_boss)
    await save_policy(replace(STANDARD, calendar="office"), **by_boss)
    number = (await make_ticket()).number
    await save_calendar("office", CLOSED_TODAY, **by_boss)
    await save_policy(replace(STANDARD, calendar="office", levels=(100, 150)), **for_open)
    await roll_out_terms(NOW)
    assert await terms(number) == ("standard", 3, 1)
    new = (await make_ticket(phone="+8613800138001")).number
    assert await terms(new) == ("standard", 3, 2)


async def test_a_calendar_applies_to_every_policy_that_uses_it(by_boss: Edit) -> None:
    for_open = applied_to_open(by_boss)
    await save_calendar("office", OFFICE, **by_boss)
    for policy in (STANDARD, REPAIRS):
        await save_policy(replace(policy, calendar="office"), **by_boss)
    complaint = (await make_ticket()).number
    repair = (await make_ticket(kind="repair", phone="+8613800138001")).number
    safety = (await make_ticket("Smoke came out", phone="+8613800138002")).number
    await save_policy(replace(STANDARD, targets={"resolution": 20 * 3600}), **by_boss)
    expected = await preview_calendar("office", CLOSED_TODAY, NOW)
    await save_calendar("office", CLOSED_TODAY, **for_open)
    await roll_out_terms(NOW)
    assert await terms(complaint) == ("standard", 2, 2)
    assert await terms(repair) == ("repairs", 2, 2)
    assert await terms(safety) == ("safety", 1, None)
    assert (expected.affected, expected.due_moved) == (2, 2)
    assert await verified()


async def test_changed_conditions_move_tickets_in_and_out(by_boss: Edit) -> None:
    for_open = applied_to_open(by_boss)
    repair = (await make_ticket(kind="repair")).number
    high = (await make_ticket(severity="high", phone="+8613800138001")).number
    other = (await make_ticket(phone="+8613800138002")).number
    await save_policy(replace(STANDARD, levels=(100,)), **by_boss)
    highs = replace(REPAIRS, match=Match(severities=("high",)))
    expected = await preview_policy(highs, NOW)
    await save_policy(highs, **for_open)
    await roll_out_terms(NOW)
    assert await terms(repair) == ("standard", 2, None)  # it was never under standard
    assert await terms(high) == ("repairs", 2, None)
    assert await terms(other) == ("standard", 1, None)
    assert (expected.affected, expected.due_moved) == (2, 2)
    assert {moved.number for moved in expected.examples} == {repair, high}
    assert await verified()


async def test_a_newer_version_saved_meanwhile_is_not_rolled_out(by_boss: Edit) -> None:
    number = (await make_ticket(kind="repair")).number
    await save_policy(
        replace(REPAIRS, targets={"resolution": 10 * 3600}), **applied_to_open(by_boss)
    )
    await save_policy(replace(REPAIRS, targets={"resolution": 5 * 3600}), **by_boss)
    new = (await make_ticket(kind="repair", phone="+8613800138001")).number
    await roll_out_terms(NOW)
    assert (await terms(number), await terms(new)) == (("repairs", 2, None), ("repairs", 3, None))


async def test_two_rollouts_are_carried_out_in_order(by_boss: Edit) -> None:
    for_open = applied_to_open(by_boss)
    repair = (await make_ticket(kind="repair")).number
    complaint = (await make_ticket(phone="+8613800138001")).number
    await save_policy(replace(REPAIRS, match=Match(kinds=("enquiry",))), **for_open)
    await save_policy(replace(REPAIRS, match=Match(kinds=("repair", "complaint"))), **for_open)
    await asyncio.gather(*(asyncio.create_task(roll_out_all(NOW)) for _ in range(3)))
    assert await terms(repair) == await terms(complaint) == ("repairs", 3, None)
    assert await fetch_value("SELECT count(*) FROM sla_rollout WHERE finished_at IS NULL") == 0
    assert await verified()


async def test_tickets_opened_since_are_unaffected(by_boss: Edit) -> None:
    wider = replace(REPAIRS, match=Match(kinds=("repair", "complaint")))
    await save_policy(wider, **applied_to_open(by_boss))
    await save_policy(REPAIRS, **by_boss)  # before the worker gets to it
    later = (await make_ticket(at=NOW + HOUR)).number
    await roll_out_terms(NOW + HOUR)
    assert await terms(later) == ("standard", 1, None)


async def test_tickets_of_a_retired_policy_stay_with_it(by_boss: Edit) -> None:
    number = (await make_ticket(kind="repair")).number
    await retire_policy("repairs", **by_boss)
    await save_policy(replace(STANDARD, levels=(100,)), **applied_to_open(by_boss))
    await roll_out_terms(NOW)
    assert await terms(number) == ("repairs", 1, None)


async def test_back_under_an_earlier_policy_its_terms_are_restored(by_boss: Edit) -> None:
    boss = by_boss["staff_id"]
    number = (await make_ticket()).number
    await classify(number, Classification(kind="repair"), staff_id=boss, now=NOW)
    await save_policy(replace(STANDARD, levels=(100,)), **by_boss)
    await retire_policy("repairs", **applied_to_open(by_boss))
    await roll_out_terms(NOW)
    assert await terms(number) == ("standard", 1, None)


async def test_back_under_an_earlier_policy_with_what_was_rolled_out_since(
    by_boss: Edit,
) -> None:
    boss = by_boss["staff_id"]
    number = (await make_ticket()).number
    await classify(number, Classification(kind="repair"), staff_id=boss, now=NOW)
    for levels, apply_to_open in ((100,), True), ((100, 150), False):
        about: Edit = {**by_boss, "apply_to_open": apply_to_open}
        await save_policy(replace(STANDARD, levels=levels), **about)
    await save_policy(replace(REPAIRS, levels=(100,)), **applied_to_open(by_boss))
    await classify(number, Classification(kind="complaint"), staff_id=boss, now=NOW + HOUR)
    assert await terms(number) == ("standard", 2, None)


async def test_tickets_without_clocks_get_the_new_terms(by_boss: Edit) -> None:
    await save_policy(replace(REPAIRS, targets={}), **by_boss)
    number = (await make_ticket(kind="repair")).number
    assert (await get_ticket(number, NOW)).clocks == ()
    expected = await preview_policy(REPAIRS, NOW)
    await save_policy(REPAIRS, **applied_to_open(by_boss))
    await roll_out_terms(NOW)
    assert await resolution_due(number) == 30
    assert (expected.open_tickets, expected.due_moved) == (1, 1)


async def test_a_rollout_continues_after_a_crash(
    by_boss: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its batch is rolled back and the next worker continues: each ticket is changed once."""
    monkeypatch.setattr(rollout, "BATCH", 5)
    monkeypatch.setattr(rollout, "MAX_CHANGED", 2)
    numbers = [(await make_ticket(phone=f"+861380013800{n}")).number for n in range(7)]
    await save_policy(replace(STANDARD, levels=(100,)), **applied_to_open(by_boss))
    real, calls = rollout.change_ticket, 0

    def fail_at_the_fourth(number: str, **about: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise RuntimeError("killed")
        return real(number, **about)

    monkeypatch.setattr(rollout, "change_ticket", fail_at_the_fourth)
    with pytest.raises(RuntimeError):
        await roll_out_all(NOW)
    (shown,) = await latest_rollouts()
    assert (shown.processed, shown.remaining, shown.changed) == (2, 5, 2)
    assert [await roll_out_terms(NOW) for _ in range(4)] == [2, 2, 1, 0]
    (shown,) = await latest_rollouts()
    assert (shown.changed, shown.finished_at) == (7, NOW)
    for number in numbers:
        events = (await get_ticket(number, NOW)).events
        assert [event.type for event in events].count("sla.policy_applied") == 2


async def test_a_ticket_resolved_meanwhile_is_unaffected(
    by_boss: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = (await make_ticket()).number
    await save_policy(replace(STANDARD, levels=(100,)), **applied_to_open(by_boss))
    real = rollout.change_ticket

    @asynccontextmanager
    async def resolved_first(number: str, **about: Any) -> AsyncGenerator[Any]:
        await resolve(number, "Done", staff_id=by_boss["staff_id"], now=NOW)
        async with real(number, **about) as change:
            yield change

    monkeypatch.setattr(rollout, "change_ticket", resolved_first)
    assert await roll_out_terms(NOW) == 1
    assert await terms(number) == ("standard", 1, None)
