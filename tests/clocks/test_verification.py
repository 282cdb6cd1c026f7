"""`sla verify` finds clocks that differ from their events."""

import asyncio
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest

from service_desk.clocks import history
from service_desk.clocks.sweep import record_due_levels
from service_desk.clocks.verification import verify_clocks
from service_desk.database import fetch, fetch_value
from service_desk.rules.clocks.verification import Difference
from service_desk.rules.policies.policies import Policy
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import Classification, classify
from tests.factories import NOW, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)
STRICT = Policy(name="strict", targets={"response": 1800, "handling": 14400, "resolution": 172800})


async def differences(now_hours: float) -> list[tuple[str, Difference]]:
    found: list[tuple[str, Difference]] = []
    async for batch in verify_clocks(NOW + now_hours * HOUR):
        found += batch.differences
    return found


async def eventful_ticket() -> str:
    """The number of a ticket with many events."""
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "Hello", staff_id=agent, now=NOW + HOUR)
    await progress.wait(number, "customer", staff_id=agent, now=NOW + 2 * HOUR)
    await conversation.receive_message(number, "It smokes", channel="sms", now=NOW + 9 * HOUR)
    await record_due_levels(NOW + 12 * HOUR)
    await classify(number, Classification(severity="high"), staff_id=agent, now=NOW + 13 * HOUR)
    await resolve(number, "Done", staff_id=agent, now=NOW + 20 * HOUR)
    await progress.reopen(number, "Not done", staff_id=agent, now=NOW + 30 * HOUR)
    await record_due_levels(NOW + 200 * HOUR)
    return number


async def test_a_desk_verifies_without_differences(desk: str) -> None:
    await eventful_ticket()
    assert await differences(200) == []


async def test_tampered_clocks_are_reported(desk: str) -> None:
    number = await eventful_ticket()
    await fetch("UPDATE clock SET due_at = due_at + interval '1 hour' WHERE name = 'handling'")
    await fetch("DELETE FROM notification")
    await fetch("DELETE FROM staff_alert")
    await fetch("DELETE FROM clock WHERE name = 'next_response'")
    found = await differences(200)
    assert [(n, d.subject, d.what) for n, d in found] == [
        (number, "handling 1", "due_at"),
        (number, "next_response 1", "clock"),
    ]


async def test_a_missing_level_is_a_difference_after_a_minute(desk: str) -> None:
    await make_ticket()
    assert await differences(1.01) == []
    assert [d.what for _, d in await differences(1.5)] == ["level 50"]


async def test_a_level_recorded_during_verification_is_no_difference(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BATCH", 1)
    for n in range(2):
        await make_ticket(phone=f"+861380013800{n}")
    async for batch in verify_clocks(NOW + HOUR):
        assert batch.differences == []
        await record_due_levels(NOW + HOUR + timedelta(seconds=5))
    await fetch("UPDATE clock SET level_reached = 0, next_level_at = $1", NOW)  # recorded twice
    await record_due_levels(NOW + 1.7 * HOUR)
    found = [d.recomputed for _, d in await differences(1)]
    assert len(found) == 2, found


async def test_a_change_during_verification_is_no_difference(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply between reading the events of a batch and reading its clocks."""
    agent, number = await make_staff(), (await make_ticket()).number
    replied = False

    async def reply_first(query: str, *args: Any) -> list[Any]:
        nonlocal replied
        if "FROM clock" in query and not replied:
            replied = True
            reply = conversation.reply(number, "Hello", staff_id=agent, now=NOW + HOUR)
            # An empty context gives it a transaction of its own.
            await asyncio.get_running_loop().create_task(reply, context=Context())
        return await fetch(query, *args)

    monkeypatch.setattr(history, "fetch", reply_first)
    assert await differences(1) == []
    assert await fetch_value("SELECT met_at FROM clock WHERE name = 'response'") == NOW + HOUR
