"""What a call leaves behind, wherever it ends."""

import asyncio

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.tickets import progress
from tests.caller import VOICE, Call
from tests.factories import make_staff, make_ticket, solved

STRANGER = "+14155550100"


async def test_hanging_up_at_once_leaves_one_ticket(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await call.hang_up()
    await call.hang_up()
    row = (await fetch("SELECT kind, channel FROM ticket"))[0]
    assert tuple(row) == ("enquiry", "call")
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1


async def test_hanging_up_ten_times_at_once_leaves_one_ticket(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await asyncio.gather(*(call.hang_up() for _ in range(10)))
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_call_we_never_answered_leaves_a_ticket(client: AsyncClient) -> None:
    for status in ("no-answer", "busy", "failed", "canceled"):
        call = Call(client, f"+8613800138{len(status):03}")
        await call.post(f"{VOICE}/status", CallStatus=status)
    assert await fetch_value("SELECT count(*) FROM ticket") == 4
    await Call(client).post(f"{VOICE}/status", CallStatus="ringing")
    assert await fetch_value("SELECT count(*) FROM ticket") == 4


async def test_a_known_caller_hears_how_the_open_ticket_stands(client: AsyncClient) -> None:
    now = wall_clock.now()
    ticket = await make_ticket("洗衣机坏了", at=now)
    staff = await make_staff(name="林晓")
    await progress.assign(ticket.number, "agent@desk.test", staff_id=staff, now=now)
    call = Call(client)
    heard = await call.dial()
    assert f"工单 {' '.join(ticket.number)}，正在处理，由林晓负责，我们将在" in heard
    await call.hang_up(seconds=21)
    # That was what they wanted to know: nothing is left to answer.
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1
    ended = await fetch_value("SELECT data FROM ticket_event WHERE type = 'call.ended'")
    assert ended == {"status": "completed", "seconds": 21, "choice": "none"}
    assert await fetch_value("SELECT duration_seconds FROM phone_call") == 21


async def test_a_known_caller_who_wants_something_and_hangs_up(client: AsyncClient) -> None:
    await make_ticket("洗衣机坏了")
    call = Call(client)
    await call.dial()
    await call.press("1")
    await call.hang_up()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2


async def test_a_recording_that_comes_after_the_end_is_on_the_same_ticket(
    client: AsyncClient,
) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    await call.hang_up()
    await call.speak()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2


async def test_a_recording_and_the_end_at_once_are_one_ticket(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    await asyncio.gather(call.speak(), call.hang_up())
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


@pytest.mark.parametrize("closed", [True, False])
async def test_a_message_about_a_closed_ticket_opens_a_linked_one(
    client: AsyncClient, closed: bool
) -> None:
    old = await make_ticket("The washer is broken", phone=STRANGER)
    await solved(old, days_ago=8)
    if closed:
        await progress.close(old.number, staff_id=await make_staff("admin"), now=wall_clock.now())
    call = Call(client, STRANGER)
    await call.dial()
    await call.press("3")
    assert " ".join(old.number) in await call.press(old.number)
    await call.press("1")
    heard = await call.speak("RE1")
    await call.post(f"{VOICE}/transcription", RecordingSid="RE1", TranscriptionText="It smokes!")
    await call.post(f"{VOICE}/transcription", RecordingSid="RE2", TranscriptionText="Smoke!")
    await call.hang_up()
    tickets = await fetch("SELECT number, linked_to, severity, state FROM ticket ORDER BY id")
    assert len(tickets) == 2
    new = tickets[1]
    assert " ".join(new["number"]) in heard
    assert (new["linked_to"], new["severity"], new["state"]) == (old.id, "safety", "new")
    assert await fetch_value("SELECT count(*) FROM message WHERE ticket = $1", old.id) == 2
    running = "SELECT count(*) FROM clock JOIN ticket t ON t.id = ticket WHERE phase = 'running'"
    assert await fetch_value(f"{running} AND t.number = $1", new["number"]) >= 3


async def test_a_silent_call_reopens_nothing(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    await solved(ticket)
    call = Call(client)
    await call.dial()
    await call.hang_up(seconds=1)
    rows = await fetch("SELECT state, reopen_count FROM ticket")
    assert [tuple(row) for row in rows] == [("resolved", 0)]
    ended = await fetch("SELECT ticket FROM ticket_event WHERE type = 'call.ended'")
    assert [row["ticket"] for row in ended] == [ticket.id]
    assert await fetch_value("SELECT ticket FROM phone_call") == ticket.id


async def test_a_silent_call_after_a_closed_ticket_opens_one(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    await solved(ticket, days_ago=8)
    call = Call(client)
    await call.dial()
    await call.hang_up(seconds=1)
    rows = await fetch("SELECT linked_to FROM ticket ORDER BY id")
    assert [row["linked_to"] for row in rows] == [None, ticket.id]
