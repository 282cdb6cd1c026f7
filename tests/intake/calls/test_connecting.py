"""A caller who wants a person, and the people who could talk with them."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.ticket_views.schemas import TicketView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import progress
from tests.caller import VOICE, Call
from tests.factories import make_staff, make_ticket

PERSON = "0"


async def at_the_phone(name: str, phone: str, **columns: str) -> int:
    staff = await make_staff(
        "agent", f"{name}@desk.test", **{"name": name, "locale": "zh"} | columns
    )
    await fetch("UPDATE staff SET phone = $2, takes_calls = true WHERE id = $1", staff, phone)
    return staff


async def the_ticket() -> TicketView:
    return await get_ticket(await fetch_value("SELECT number FROM ticket"), wall_clock.now())


async def test_nobody_takes_calls(client: AsyncClient) -> None:
    staff = await at_the_phone("Lin", "+8613900000011")
    await fetch("UPDATE staff SET takes_calls = false WHERE id = $1", staff)
    call = Call(client)
    await call.dial()
    assert "安排专人回电" in await call.press(PERSON)
    await call.speak()
    assert (await the_ticket()).callback_requested_at is not None


async def test_all_phones_ring_and_accepting_counts_as_an_answered_call(
    client: AsyncClient,
) -> None:
    await at_the_phone("Lin", "+8613900000011")
    mei = await at_the_phone("Mei", "+8613900000012", locale="en")
    call = Call(client)
    await call.dial()
    assert "转接" in await call.press(PERSON)
    dial = call.twiml.find("Dial")
    assert dial is not None
    assert [number.text for number in dial.findall("Number")] == [
        "+8613900000011",
        "+8613900000012",
    ]
    assert int(dial.attrib["timeout"]) <= 30
    assert "callerId" not in dial.attrib  # the caller's own
    assert "客户来电：8 6 1 3 8" in await call.pick_up(0)
    assert "press 1" in await call.pick_up(1)
    assert await call.take()
    ticket = await the_ticket()
    assert ticket.assignee_name == "Mei"
    assert ticket.state == "open"
    assert {clock.name: clock.state for clock in ticket.clocks}["response"] == "met"
    assert ticket.callback_requested_at is None
    logged = next(event for event in ticket.events if event.type == "call.logged")
    assert (logged.actor, logged.data["answered"]) == (f"staff:{mei}", True)
    assert "callback.requested" not in [event.type for event in ticket.events]
    assert [m.body for m in ticket.messages if not m.automatic] == [
        "来电，要求人工服务。", "与Mei通了电话。"
    ]  # fmt: skip
    assert await call.dialled("completed") == "再见。"
    assert call.over
    await call.hang_up(seconds=95)
    ended = (await the_ticket()).events[-1]
    assert (ended.type, ended.data) == (
        "call.ended", {"status": "completed", "seconds": 95, "choice": "person"}
    )  # fmt: skip
    assert await fetch_value("SELECT count(*) FROM message") == 3  # with the number by SMS


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled", "completed", ""])
async def test_nobody_picks_up_or_a_mailbox_does(client: AsyncClient, status: str) -> None:
    """A mailbox presses no key: what the carrier then calls completed was no answer."""
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    heard = await call.dialled(status)
    assert "都在忙" in heard
    assert "提示音" in heard
    await call.speak()
    await call.hang_up()
    ticket = await the_ticket()
    assert ticket.callback_requested_at is not None
    assert {clock.name: clock.state for clock in ticket.clocks}["response"] == "running"
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_any_other_key_declines(client: AsyncClient) -> None:
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    assert not await call.take("2")
    assert await fetch_value("SELECT answered_by FROM phone_call") is None


async def test_only_one_of_two_who_accept_at_once_is_connected(client: AsyncClient) -> None:
    phones = [("Lin", "+8613900000011"), ("Mei", "+8613900000012")]
    ids = [await at_the_phone(*one) for one in phones]
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    seconds = [Call(client) for _ in ids]
    for place, one in enumerate(seconds):
        one.twiml, one.sid = call.twiml, call.sid
        await one.pick_up(place)
    taken = await asyncio.gather(*(one.take() for one in seconds for _ in range(3)))
    assert sorted(taken) == [False] * 3 + [True] * 3  # the same again is answered the same
    assert await fetch_value("SELECT answered_by FROM phone_call") in ids
    assert await fetch_value("SELECT count(*) FROM ticket_event WHERE type = 'call.logged'") == 1


async def test_the_customer_hangs_up_while_it_rings(client: AsyncClient) -> None:
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    await call.hang_up()
    assert not await call.take()
    await call.dialled("canceled")
    ticket = await the_ticket()
    assert ticket.callback_requested_at is not None
    assert "call.logged" not in [event.type for event in ticket.events]
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1


async def test_accepting_and_hanging_up_at_the_same_moment(client: AsyncClient) -> None:
    """Either they talked, or the customer is called back."""
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    taken, _ = await asyncio.gather(call.take(), call.hang_up())
    ticket = await the_ticket()
    assert taken == (ticket.callback_requested_at is None)
    assert [event.type for event in ticket.events].count("call.ended") == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_the_key_pressed_after_the_ringing_stopped(client: AsyncClient) -> None:
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    await call.dialled("no-answer")
    assert not await call.take()
    assert await fetch_value("SELECT count(*) FROM ticket_event WHERE type = 'call.logged'") == 0


async def test_the_key_pressed_in_the_moment_the_ringing_stopped(client: AsyncClient) -> None:
    """We connected them, the carrier had stopped: the customer can leave a message at least."""
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    assert await call.take()
    assert "提示音" in await call.dialled("no-answer")
    await call.speak()
    assert (await the_ticket()).callback_requested_at is not None


async def test_an_answered_call_keeps_the_assignee_of_the_open_ticket(client: AsyncClient) -> None:
    lin, owner = await at_the_phone("Lin", "+8613900000011"), await make_staff("supervisor")
    now = wall_clock.now()
    ticket = await make_ticket("洗衣机坏了", at=now - timedelta(hours=1))
    await progress.assign(ticket.number, "supervisor@desk.test", staff_id=owner, now=now)
    await progress.wait(ticket.number, "customer", staff_id=owner, now=now)
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    assert await call.take()
    view = await the_ticket()
    assert (view.assignee, view.state) == ("supervisor@desk.test", "open")
    assert f"staff:{lin}" in [event.actor for event in view.events]


async def test_a_withheld_number_is_put_through_too(client: AsyncClient) -> None:
    await at_the_phone("Lin", "+8613900000011")
    call = Call(client, "anonymous")
    await call.dial()
    await call.press(PERSON)
    # Twilio would pass on "anonymous", and ring nobody: https://www.twilio.com/docs/api/errors/13214
    dial = call.twiml.find("Dial")
    assert dial is not None
    assert dial.get("callerId") == "+8675500000000"
    assert "号码未显示" in await call.pick_up()
    assert await call.take()
    assert (await the_ticket()).assignee_name == "Lin"


@pytest.mark.parametrize(
    "query", ["", "call=CA1", "call=CA1&staff=1", "call=%00&staff=x", "staff=99999999999999"]
)
async def test_an_offer_of_an_unknown_call_hangs_up(client: AsyncClient, query: str) -> None:
    for step in ("step=offer", "step=answer"):
        response = await Call(client).post(f"{VOICE}/offer?{step}&{query}", Digits="1")
        assert response.status_code == 200
        assert "<Hangup" in response.text
    assert await fetch_value("SELECT count(*) FROM phone_call") == 0


async def test_inactive_staff_cannot_accept_a_call(client: AsyncClient) -> None:
    staff = await at_the_phone("Lin", "+8613900000011")
    call = Call(client)
    await call.dial()
    await call.press(PERSON)
    await call.pick_up()
    await fetch("UPDATE staff SET active = false WHERE id = $1", staff)
    assert not await call.take()
