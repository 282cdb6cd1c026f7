"""Edits of policies and calendars: new versions, previews, and their effect on open tickets."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from service_desk.clocks.sweep import record_due_levels
from service_desk.clocks.verification import verify_clocks
from service_desk.database import fetch, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput
from service_desk.rules.calendars.business_time import NEVER, Calendar, Hours
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.rules.policies.rollouts import PolicySaved
from service_desk.rules.tickets.vocabulary import TargetClock
from service_desk.sla_settings.editing import (
    request_rollout,
    retire_policy,
    save_calendar,
    save_policy,
)
from service_desk.sla_settings.preview import preview_calendar, preview_policy, preview_retirement
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.due_times import set_due
from tests.factories import NOW, make_staff, make_ticket, resolve
from tests.sla_settings.edits import Edit
from tests.sla_settings.rolling_out import roll_out_all

HOUR = timedelta(hours=1)
STANDARD = SHIPPED_POLICIES[-1]
QUICKER = replace(STANDARD, targets=dict(STANDARD.targets) | {"resolution": 24 * 3600})
OFFICE = Calendar(
    tz="Asia/Shanghai",
    week={
        day: [("09:00", "12:00"), ("13:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")
    },
)

DATES_ONLY = Calendar(week={}, date_hours={"2026-10-15": [("09:00", "12:00")]})


async def due(number: str, clock: str = "resolution") -> timedelta:
    clocks = {c.name: c for c in (await get_ticket(number, NOW)).clocks}
    return clocks[clock].due_at - NOW


async def test_new_terms_for_new_tickets_only(desk: str) -> None:
    supervisor, old = await make_staff("supervisor"), (await make_ticket("One")).number
    await save_policy(QUICKER, apply_to_open=False, staff_id=supervisor, now=NOW)
    new = (await make_ticket("Two")).number
    assert await roll_out_all(NOW) == 0
    assert await due(old) == 48 * HOUR
    assert await due(new) == 24 * HOUR
    assert await fetch_value("SELECT max(version) FROM policy_version WHERE name = 'standard'") == 2


async def test_pauses_are_kept_when_terms_are_applied_to_open_tickets(desk: str) -> None:
    supervisor, number = await make_staff("supervisor"), (await make_ticket()).number
    await progress.wait(number, "customer", staff_id=supervisor, now=NOW + HOUR)
    await progress.resume(number, staff_id=supervisor, now=NOW + 6 * HOUR)
    expected = await preview_policy(QUICKER, NOW)
    assert (expected.open_tickets, expected.due_moved) == (1, 1)
    assert expected.examples[0].new_due_at == NOW + 29 * HOUR
    assert await due(number) == 53 * HOUR  # nothing was written
    at = NOW + 7 * HOUR
    await save_policy(QUICKER, apply_to_open=True, staff_id=supervisor, now=at)
    assert await roll_out_all(at) == 1
    assert await roll_out_all(at) == 0
    assert await due(number) == 29 * HOUR
    assert await fetch_value("SELECT changed FROM sla_rollout") == 1
    async for batch in verify_clocks(at):
        assert batch.differences == []


async def test_one_run_carries_out_all_rollouts_requested(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    await make_ticket()
    for policy in (QUICKER, STANDARD):
        await save_policy(policy, apply_to_open=True, staff_id=supervisor, now=NOW)
    assert await roll_out_all(NOW) == 2
    assert await fetch_value("SELECT count(*) FROM sla_rollout WHERE finished_at IS NULL") == 0


async def test_a_rollout_changes_what_the_preview_counted(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    for n in range(5):
        number = (await make_ticket(f"Broken {n}", phone=f"+861380013800{n}")).number
        if n == 0:
            await resolve(number, "Done", staff_id=supervisor, now=NOW)
        if n == 1:
            await classify(number, Classification(severity="safety"), staff_id=supervisor, now=NOW)
    expected = await preview_policy(QUICKER, NOW)
    before = {row["id"]: row["due_at"] for row in await fetch("SELECT id, due_at FROM clock")}
    await save_policy(QUICKER, apply_to_open=True, staff_id=supervisor, now=NOW)
    await roll_out_all(NOW)
    moved = await fetch("SELECT id, ticket, due_at FROM clock")
    tickets = {row["ticket"] for row in moved if row["due_at"] != before[row["id"]]}
    assert (expected.open_tickets, expected.due_moved) == (4, len(tickets)) == (4, 3)


async def test_a_calendar_moves_the_policies_that_name_it(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    await save_calendar("office", OFFICE, apply_to_open=False, staff_id=supervisor, now=NOW)
    await save_policy(
        replace(STANDARD, calendar="office"), apply_to_open=False, staff_id=supervisor, now=NOW
    )
    number = (await make_ticket()).number  # Thursday, 10:00 in Shanghai
    assert await due(number, "handling") == 5 * HOUR  # with an hour of lunch
    shut = replace(OFFICE, closed_dates=["2026-10-15"])
    assert (await preview_calendar("office", shut, NOW)).due_moved == 1
    await save_calendar("office", shut, apply_to_open=True, staff_id=supervisor, now=NOW)
    await roll_out_all(NOW)
    assert await due(number, "handling") == 28 * HOUR


async def test_a_due_time_set_manually_survives(desk: str) -> None:
    supervisor, number = await make_staff("supervisor"), (await make_ticket()).number
    due_at = NOW + 80 * HOUR
    await set_due(number, "resolution", due_at, "Agreed", staff_id=supervisor, now=NOW)
    await classify(number, Classification(severity="high"), staff_id=supervisor, now=NOW)
    await save_policy(QUICKER, apply_to_open=True, staff_id=supervisor, now=NOW)
    await roll_out_all(NOW)
    assert await due(number) == 80 * HOUR
    ticket = await get_ticket(number, NOW)
    assert [c.due_set_manually for c in ticket.clocks if c.name == "resolution"] == [True]
    wrong: list[tuple[TargetClock, datetime, str, str]] = [
        ("resolution", NOW - HOUR, "x", "must be in the future"),
        ("next_response", due_at, "x", "no next_response clock"),
        ("resolution", due_at, " ", "Give a reason"),
    ]
    for clock, at, reason, message in wrong:
        with pytest.raises(InvalidInput, match=message):
            await set_due(number, clock, at, reason, staff_id=supervisor, now=NOW)


async def test_invalid_policies_are_rejected(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    for invalid, field in [
        (replace(STANDARD, match=Match(kinds=("repair",))), "match"),
        (replace(STANDARD, calendar="nowhere"), "calendar"),
        (replace(STANDARD, targets={"response": 0}), "targets.response"),
        (replace(STANDARD, levels=(50, 80)), "levels"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            await save_policy(invalid, apply_to_open=False, staff_id=supervisor, now=NOW)
        assert refused.value.field == field
    with pytest.raises(InvalidInput, match="every ticket"):
        await retire_policy("standard", apply_to_open=False, staff_id=supervisor, now=NOW)


async def test_a_new_policy_is_tried_first_and_can_be_retired(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    vip = Policy(name="vip", targets={"response": 600}, match=Match(tiers=("C",)))
    await save_policy(vip, apply_to_open=False, staff_id=supervisor, now=NOW)
    number = (await make_ticket()).number
    assert [c.name for c in (await get_ticket(number, NOW)).clocks] == ["response"]
    await retire_policy("vip", apply_to_open=True, staff_id=supervisor, now=NOW)
    await roll_out_all(NOW)
    assert await due(number, "response") == 2 * HOUR


async def test_a_preview_lists_clocks_that_end_or_start(desk: str) -> None:
    await make_ticket()
    fewer = replace(STANDARD, targets={"response": 7200, "handling": 14400})
    expected = await preview_policy(fewer, NOW)
    assert [(m.clock, m.due_at, m.new_due_at) for m in expected.examples] == [
        ("resolution", NOW + 48 * HOUR, None)
    ]
    supervisor = await make_staff("supervisor")
    await save_policy(fewer, apply_to_open=True, staff_id=supervisor, now=NOW)
    await roll_out_all(NOW)
    expected = await preview_policy(STANDARD, NOW)
    assert [(m.clock, m.due_at, m.new_due_at) for m in expected.examples] == [
        ("resolution", None, NOW + 48 * HOUR)
    ]


async def test_an_edit_based_on_an_older_version_is_rejected(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    saved = Edit(staff_id=supervisor, now=NOW, apply_to_open=False)
    await save_policy(QUICKER, based_on=1, **saved)
    with pytest.raises(Conflict, match="saved version 2"):
        await save_policy(STANDARD, based_on=1, **saved)
    with pytest.raises(Conflict, match="saved version 2"):
        await save_policy(STANDARD, based_on=0, **saved)
    await save_calendar("office", OFFICE, based_on=0, **saved)
    with pytest.raises(Conflict, match="saved version 1"):
        await save_calendar("office", OFFICE, based_on=0, **saved)
    vip = replace(QUICKER, name="vip")
    await save_policy(vip, based_on=0, **saved)
    await retire_policy("vip", **saved)
    await save_policy(vip, based_on=0, **saved)  # a retired name may come back


async def test_a_calendar_with_dates_only_is_rejected(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    saved = Edit(staff_id=supervisor, now=NOW, apply_to_open=False)
    weeks: list[dict[str, Hours]] = [{}, {"mon": []}]
    for week in weeks:
        with pytest.raises(InvalidInput, match="at least one day of the week") as refused:
            await save_calendar("xmas", replace(DATES_ONLY, week=week), **saved)
        assert refused.value.field == "week"
    await _put_in_force("xmas", DATES_ONLY)  # stored before such calendars were rejected
    with pytest.raises(InvalidInput, match="at least one day of the week") as refused:
        await save_policy(replace(STANDARD, calendar="xmas"), **saved)
    assert refused.value.field == "calendar"


async def test_a_calendar_that_runs_out_does_not_stop_intake(desk: str) -> None:
    """Stored before such calendars were rejected."""
    supervisor = await make_staff("supervisor")
    early = (await make_ticket("Early")).number
    await _put_in_force("xmas", DATES_ONLY)
    saved = await _put_standard_in("xmas")
    number = (await make_ticket(phone="+8613800138001")).number
    await progress.wait(number, "customer", staff_id=supervisor, now=NOW + HOUR)
    await progress.resume(number, staff_id=supervisor, now=NOW + 2 * HOUR)
    assert await due(number, "response") == 2 * HOUR
    assert await due(number, "handling") == await due(number) == NEVER - NOW
    assert (await preview_policy(STANDARD, NOW)).due_moved == 1
    async with transaction():
        await request_rollout(saved, supervisor, NOW)
    assert await roll_out_all(NOW + 3 * HOUR) == 2
    assert await due(early) == NEVER - NOW
    years_later = NOW + 1000 * 24 * HOUR
    await record_due_levels(years_later)
    async for batch in verify_clocks(years_later):
        assert batch.differences == []


async def _put_in_force(name: str, calendar: Calendar) -> None:
    await fetch(
        "INSERT INTO calendar_version (name, version, body, created_at) VALUES ($1, 1, $2, $3)",
        name,
        calendar,
        NOW,
    )


async def _put_standard_in(calendar: str) -> PolicySaved:
    await fetch("UPDATE policy_version SET retired_at = $1 WHERE name = 'standard'", NOW)
    policy = await fetch_value(
        "INSERT INTO policy_version (name, version, position, body, created_at) "
        "SELECT name, 2, position, $1, $2 FROM policy_version WHERE name = 'standard' RETURNING id",
        replace(STANDARD, calendar=calendar),
        NOW,
    )
    named = await fetch_value("SELECT id FROM calendar_version WHERE name = $1", calendar)
    return PolicySaved("standard", 2, policy, named)


async def test_a_retirement_is_previewed(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    await make_ticket("Smoke came out", severity="safety")
    await make_ticket("It is loud", phone="+8613800138001")
    expected = await preview_retirement("safety", NOW)
    assert (expected.open_tickets, expected.due_moved) == (2, 1)
    await retire_policy("safety", apply_to_open=True, staff_id=supervisor, now=NOW)
    await roll_out_all(NOW)
    again = await preview_retirement("safety", NOW)
    assert again.due_moved == 0


async def test_quiet_hours_delay_alerts(desk: str) -> None:
    from service_desk.clocks.alerts import send_alert_digests
    from service_desk.clocks.sweep import record_due_levels

    supervisor = await make_staff("supervisor")
    quiet = replace(STANDARD, quiet_hours=("09:00", "18:00"))
    await save_policy(quiet, apply_to_open=False, staff_id=supervisor, now=NOW)
    await make_ticket()
    await record_due_levels(NOW + 3 * HOUR)  # 13:00 in Shanghai
    assert await send_alert_digests(NOW + 3 * HOUR) == 0
    assert await send_alert_digests(NOW + 8 * HOUR) > 0
