"""sla verify finds what does not fit its events; sla replay tells what would have been."""

import asyncio
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from service_desk.database import fetch, fetch_value
from service_desk.rules.sla_policies import Match, Policy
from service_desk.rules.sla_replay import Scenario
from service_desk.rules.sla_verification import Difference
from service_desk.sla import history
from service_desk.sla.sweep import record_due_levels
from service_desk.sla.verification import Changed, replay, verify_clocks
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import Classification, classify
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)
STRICT = Policy(name="strict", targets={"response": 1800, "handling": 14400, "resolution": 172800})


async def differences(now_hours: float) -> list[tuple[str, Difference]]:
    found: list[tuple[str, Difference]] = []
    async for batch in verify_clocks(NOW + now_hours * HOUR):
        found += batch.differences
    return found


async def lived_through() -> str:
    """A ticket to which much happened; its number."""
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "Hello", staff_id=agent, now=NOW + HOUR)
    await progress.wait(number, "customer", staff_id=agent, now=NOW + 2 * HOUR)
    await conversation.receive_message(number, "It smokes", channel="sms", now=NOW + 9 * HOUR)
    await record_due_levels(NOW + 12 * HOUR)
    await classify(number, Classification(severity="high"), staff_id=agent, now=NOW + 13 * HOUR)
    await progress.resolve(number, "Done", staff_id=agent, now=NOW + 20 * HOUR)
    await progress.reopen(number, "Not done", staff_id=agent, now=NOW + 30 * HOUR)
    await record_due_levels(NOW + 200 * HOUR)
    return number


async def test_what_the_desk_does_verifies(desk: str) -> None:
    await lived_through()
    assert await differences(200) == []


async def test_a_tampered_clock_is_named(desk: str) -> None:
    number = await lived_through()
    await fetch("UPDATE clock SET due_at = due_at + interval '1 hour' WHERE name = 'handling'")
    await fetch("DELETE FROM staff_alert")
    await fetch("DELETE FROM clock WHERE name = 'next_response'")
    found = await differences(200)
    assert [(n, d.about, d.what) for n, d in found] == [
        (number, "handling 1", "due_at"),
        (number, "next_response 1", "clock"),
    ]


async def test_a_level_not_recorded_is_a_difference_only_after_a_minute(desk: str) -> None:
    await make_ticket()
    assert await differences(1.01) == []
    assert [d.what for _, d in await differences(1.5)] == ["level 50"]


async def test_a_level_recorded_while_it_verifies_is_no_difference(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BATCH", 1)
    for n in range(2):
        await make_ticket(phone=f"+861380013800{n}")
    async for batch in verify_clocks(NOW + HOUR):
        assert batch.differences == []
        await record_due_levels(NOW + HOUR + timedelta(seconds=5))
    await fetch("UPDATE clock SET level_reached = 0, next_level_at = $1", NOW)  # and one too many
    await record_due_levels(NOW + 1.7 * HOUR)
    found = [d.recomputed for _, d in await differences(1)]
    assert len(found) == 2, found


async def test_a_change_while_it_verifies_is_no_difference(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the events of a batch and reading its clocks."""
    agent, number = await make_staff(), (await make_ticket()).number
    replied = False

    async def reply_first(query: str, *args: Any) -> list[Any]:
        nonlocal replied
        if "FROM clock" in query and not replied:
            replied = True
            reply = conversation.reply(number, "Hello", staff_id=agent, now=NOW + HOUR)
            # Without this task's context it has a transaction of its own.
            await asyncio.get_running_loop().create_task(reply, context=Context())
        return await fetch(query, *args)

    monkeypatch.setattr(history, "fetch", reply_first)
    assert await differences(1) == []
    assert await fetch_value("SELECT met_at FROM clock WHERE name = 'response'") == NOW + HOUR


async def test_replay_tells_who_changes_side_and_writes_nothing(desk: str) -> None:
    agent = await make_staff()
    quick, slow = (await make_ticket("One")).number, (await make_ticket("Two")).number
    await conversation.reply(quick, "Hi", staff_id=agent, now=NOW + 0.4 * HOUR)
    await conversation.reply(slow, "Hi", staff_id=agent, now=NOW + HOUR)
    before = await fetch("SELECT * FROM clock ORDER BY id")
    result = await replay(Scenario((STRICT,)), NOW - HOUR, NOW + HOUR, NOW + HOUR)
    response = result.clocks["response"]
    assert (response.judged, response.met, response.would_be_met) == (2, 2, 1)
    assert result.changed == [Changed(slow, "response", "met", "missed")]
    assert await fetch("SELECT * FROM clock ORDER BY id") == before


async def test_replay_tells_of_a_milder_policy_too(desk: str) -> None:
    agent, number = await make_staff(), (await make_ticket()).number
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + 3 * HOUR)
    mild = replace(STRICT, targets=dict(STRICT.targets) | {"response": 4 * 3600})
    result = await replay(Scenario((mild,)), NOW, NOW + HOUR, NOW + 3 * HOUR)
    assert result.changed == [Changed(number, "response", "missed", "met")]


async def test_replay_follows_a_ticket_that_changes(desk: str) -> None:
    """From normal to high it stayed under the standard policy."""
    agent, number = await make_staff(), (await make_ticket()).number
    soon = NOW + timedelta(minutes=1)
    await classify(number, Classification(severity="high"), staff_id=agent, now=soon)
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + HOUR)
    strict = replace(STRICT, match=Match(severities=("high",)))
    result = await replay(Scenario((strict,)), NOW, NOW + HOUR, NOW + 2 * HOUR)
    assert result.changed == [Changed(number, "response", "met", "missed")]


async def test_replay_lists_clocks_judged_on_one_side_only(desk: str) -> None:
    number = (await make_ticket()).number
    result = await replay(Scenario((STRICT,)), NOW, NOW + HOUR, NOW + HOUR)
    assert result.changed == [Changed(number, "response", "running", "missed")]
    row = result.clocks["response"]
    assert (row.judged, row.would_be_judged, row.would_be_met) == (0, 1, 0)
    only_handling = replace(STRICT, targets={"handling": 14400})
    result = await replay(Scenario((only_handling,)), NOW, NOW + HOUR, NOW + 3 * HOUR)
    assert result.changed == [Changed(number, "response", "missed", "none")]


async def test_replay_leaves_tickets_alone_that_the_scenario_does_not_match(desk: str) -> None:
    agent = await make_staff()
    number = (await make_ticket()).number
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + HOUR)
    repairs = Policy(name="strict", targets=STRICT.targets, match=Match(kinds=("repair",)))
    result = await replay(Scenario((repairs,)), NOW - HOUR, NOW + HOUR, NOW + HOUR)
    assert result.changed == []
    assert result.tickets == 1


async def test_replay_follows_a_supplier(desk: str) -> None:
    agent, number = await make_staff(), (await make_ticket(supplier="Pumps & Co")).number
    await make_ticket(supplier="Motors Ltd", phone="+8613800138001")
    strict = replace(STRICT, match=Match(suppliers=("Motors Ltd",)))
    await classify(number, Classification(supplier="Motors Ltd"), staff_id=agent, now=NOW)
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + HOUR)
    await classify(number, Classification(supplier=None), staff_id=agent, now=NOW + 1.5 * HOUR)
    result = await replay(Scenario((strict,)), NOW, NOW + HOUR, NOW + 1.7 * HOUR)
    assert Changed(number, "response", "met", "missed") in result.changed
