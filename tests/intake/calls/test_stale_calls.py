"""Calls of whose end the carrier told nobody, or told too late."""

import asyncio
from datetime import datetime, timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.intake.calls import stale_calls
from service_desk.intake.calls.call_messages import IncomingCall
from service_desk.intake.calls.stale_calls import end_stale_calls
from service_desk.phone_line.calls import LEASE, MAX_TALK_TIME, STALE_AFTER
from service_desk.phone_line.queries import latest_calls
from service_desk.rules.tickets.vocabulary import FinalCallStatus
from tests.caller import VOICE, Call
from tests.factories import make_staff, make_ticket
from tests.intake.calls.test_connecting import at_the_phone

STRANGER = "+14155550100"


def later(delay: timedelta = STALE_AFTER) -> datetime:
    return wall_clock.now() + delay


async def tickets() -> int:
    return await fetch_value("SELECT count(*) FROM ticket")


async def ends() -> int:
    return await fetch_value("SELECT count(*) FROM ticket_event WHERE type = 'call.ended'")


async def test_a_call_that_falls_silent_ends_as_if_the_caller_had_hung_up(
    client: AsyncClient,
) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    assert await end_stale_calls(later(STALE_AFTER - timedelta(minutes=1))) == 0
    assert await end_stale_calls(later()) == 1
    row = await fetch_one("SELECT kind, channel, received_at FROM ticket")
    assert row is not None
    assert (row["kind"], row["channel"]) == ("complaint", "call")
    assert row["received_at"] == await fetch_value("SELECT started_at FROM phone_call")
    assert [(one.status, one.duration_seconds) for one in await latest_calls()] == [
        ("completed", None)
    ]
    assert await end_stale_calls(later(timedelta(days=1))) == 0
    assert (await tickets(), await ends()) == (1, 1)


async def test_every_step_postpones_the_end_of_a_stale_call(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await fetch("UPDATE phone_call SET stale_at = stale_at - $1::interval", STALE_AFTER)
    await call.press("1")
    assert await end_stale_calls(wall_clock.now()) == 0


async def test_a_caller_who_wanted_a_person_is_called_back(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await call.press("0")
    await end_stale_calls(later())
    assert await fetch_value("SELECT callback_requested_at IS NOT NULL FROM ticket")


async def test_a_caller_who_heard_the_status_leaves_no_message(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了", at=wall_clock.now())
    await Call(client).dial()
    await end_stale_calls(later())
    assert await fetch_value("SELECT ticket FROM phone_call") == ticket.id
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1


async def test_a_late_status_callback_sets_the_duration(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    await end_stale_calls(later())
    for _ in range(2):
        await call.hang_up(seconds=12)
    assert (await tickets(), await ends()) == (1, 1)
    assert [(one.status, one.duration_seconds) for one in await latest_calls()] == [
        ("completed", 12)
    ]


async def test_a_late_transcription_is_on_the_same_ticket(client: AsyncClient) -> None:
    call = Call(client, STRANGER)
    await call.dial()
    await call.press("1")
    await end_stale_calls(later())
    await call.speak("RE1")
    words = {"RecordingSid": "RE1", "TranscriptionText": "It leaks"}
    await call.post(f"{VOICE}/transcription", **words)
    await call.hang_up()
    rows = await fetch("SELECT body FROM message WHERE direction = 'in' ORDER BY id")
    assert [row["body"] for row in rows][1:] == ["Voice message, 7 s.", "It leaks"]
    assert (await tickets(), await ends()) == (1, 1)


async def test_a_long_talk_is_left_alone(client: AsyncClient) -> None:
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press("0")
    await call.pick_up()
    assert await call.take()
    assert await end_stale_calls(later(MAX_TALK_TIME)) == 0
    await call.dialled("completed")
    assert await end_stale_calls(later()) == 1  # the talk was over: this long is not


async def test_a_conversation_without_further_webhooks_ends(client: AsyncClient) -> None:
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press("0")
    await call.pick_up()
    await call.take()
    assert await end_stale_calls(later(MAX_TALK_TIME + STALE_AFTER)) == 1
    assert await fetch_value("SELECT callback_requested_at FROM ticket") is None
    assert (await tickets(), await ends()) == (1, 1)


async def test_concurrent_workers_end_each_call_once(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale_calls, "BATCH", 3)
    calls = [Call(client, f"+86138001381{place:02}") for place in range(12)]
    for call in calls:
        await call.dial()
        await call.press("2")
    now = later()
    taken = await asyncio.gather(*(end_stale_calls(now) for _ in range(6)), calls[-1].hang_up())
    while await end_stale_calls(now):
        pass
    assert max(count or 0 for count in taken) == 3
    assert (await tickets(), await ends()) == (12, 12)
    assert await fetch_value("SELECT count(*) FROM phone_call WHERE ended_at IS NULL") == 0


async def test_a_worker_killed_in_between_leaves_them_due(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    await Call(client).dial()
    now = later()
    with monkeypatch.context() as patch:
        patch.setattr(stale_calls, "end_call", killed)
        await asyncio.gather(end_stale_calls(now), return_exceptions=True)
    assert await end_stale_calls(now) == 0
    assert await end_stale_calls(now + LEASE) == 1
    assert await tickets() == 1


async def test_a_call_that_cannot_be_ended_does_not_stop_the_others(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_staff()
    calls = [Call(client, f"+861380013820{place}") for place in range(2)]
    for call in calls:
        await call.dial()
    ended = stale_calls.end_call

    async def faulty(call: IncomingCall, status: FinalCallStatus, seconds: int | None) -> None:
        if call.sid == calls[0].sid:
            raise ValueError("a fault")
        await ended(call, status, seconds)

    monkeypatch.setattr(stale_calls, "end_call", faulty)
    assert await end_stale_calls(later()) == 2
    assert await tickets() == 1
