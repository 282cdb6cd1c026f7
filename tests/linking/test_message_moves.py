"""Messages moved from one ticket to another of the same customer."""

import asyncio
from datetime import timedelta

import pytest

from service_desk.clocks.verification import verify_clocks
from service_desk.database import fetch, fetch_value
from service_desk.errors import DeskError, InvalidInput, MoveNotAllowed, NotFound
from service_desk.linking.message_moves import move_message
from service_desk.ticket_views.schemas import ClockView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import progress
from service_desk.tickets.conversation import add_note, receive_message, reply
from tests.factories import NOW, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)


@pytest.fixture
async def two(desk: str) -> tuple[str, str, int]:
    """Two open, answered tickets of one customer, and an agent."""
    agent = await make_staff()
    first, second = await make_ticket(), await make_ticket("The fridge is loud")
    for ticket in (first, second):
        await reply(ticket.number, "Hello", staff_id=agent, now=NOW)
    return first.number, second.number, agent


async def write(number: str, body: str, hours: float = 1) -> int:
    await receive_message(number, body, channel="sms", now=NOW + hours * HOUR)
    return await fetch_value("SELECT max(id) FROM message")


async def next_responses(number: str, hours: float) -> list[ClockView]:
    ticket = await get_ticket(number, NOW + hours * HOUR)
    return [clock for clock in ticket.clocks if clock.name == "next_response"]


async def bodies(number: str) -> list[str]:
    return [message.body for message in (await get_ticket(number, NOW)).messages]


async def test_the_message_and_both_histories_show_the_move(two: tuple[str, str, int]) -> None:
    here, there, agent = two
    message = await write(here, "The fridge again")
    await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    assert "The fridge again" not in await bodies(here)
    assert "The fridge again" in await bodies(there)
    events = {
        number: (await get_ticket(number, NOW)).events[-1 if number == there else -2 :]
        for number in two[:2]
    }
    assert any(
        event.type == "message.moved" and event.data == {"message": message, "to": there}
        for event in events[here]
    )
    received = [
        event for event in (await get_ticket(there, NOW)).events if event.type == "message.received"
    ]
    assert received[-1].data == {"message": message, "via": "sms", "moved_from": here}
    assert received[-1].actor == f"staff:{agent}"


async def test_the_reply_is_due_on_the_other_ticket_only(two: tuple[str, str, int]) -> None:
    here, there, agent = two
    message = await write(here, "The fridge again")
    assert [clock.state for clock in await next_responses(here, 1)] == ["running"]
    await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    assert [clock.state for clock in await next_responses(here, 2)] == ["cancelled"]
    (clock,) = await next_responses(there, 2)
    assert (clock.state, clock.started_at, clock.due_at) == (
        "running",
        NOW + 2 * HOUR,
        NOW + 4 * HOUR,
    )
    async for batch in verify_clocks(NOW + 2 * HOUR):
        assert batch.differences == []


async def test_another_unanswered_message_keeps_the_clock_here(two: tuple[str, str, int]) -> None:
    here, there, agent = two
    message = await write(here, "The fridge again")
    await write(here, "and the washer", hours=1.5)
    await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    assert [clock.state for clock in await next_responses(here, 2)] == ["running"]


async def test_moving_an_answered_message_keeps_the_clocks(two: tuple[str, str, int]) -> None:
    here, there, agent = two
    message = await write(here, "The fridge again")
    await reply(here, "We see", staff_id=agent, now=NOW + 1.5 * HOUR)
    await write(here, "and the washer", hours=1.7)
    await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    states = [clock.state for clock in await next_responses(here, 2)]
    assert states == ["met", "running"]


async def test_a_message_moved_while_resolved_needs_no_reply_after_reopening(
    two: tuple[str, str, int],
) -> None:
    here, there, agent = two
    message = await write(here, "The fridge again")
    await resolve(here, "New pump", staff_id=agent, now=NOW + 1.5 * HOUR)
    await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    await progress.reopen(here, "Leaks", staff_id=agent, now=NOW + 3 * HOUR)
    assert [clock.state for clock in await next_responses(here, 3)] == ["met"]


async def test_safety_words_raise_the_severity_of_the_other_ticket(
    two: tuple[str, str, int],
) -> None:
    here, there, agent = two
    message = await write(here, "Smoke out of the fridge")
    await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    assert (await get_ticket(there, NOW)).severity == "safety"


async def test_a_moved_message_ends_waiting_for_the_customer(two: tuple[str, str, int]) -> None:
    here, there, agent = two
    await progress.wait(there, "customer", staff_id=agent, now=NOW)
    message = await write(here, "Yes, Tuesday is fine")
    await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    assert (await get_ticket(there, NOW)).state == "open"


async def test_messages_that_cannot_be_moved(two: tuple[str, str, int]) -> None:
    here, there, agent = two
    strangers = (await make_ticket(phone="+8613800138001")).number
    message = await write(here, "The fridge again")
    opening = (await get_ticket(here, NOW)).messages[0].id
    answer = (await get_ticket(here, NOW)).messages[1].id
    await add_note(here, "For us", staff_id=agent, now=NOW)
    note = await fetch_value("SELECT max(id) FROM message")
    cases: list[tuple[str, int, str, type[DeskError]]] = [
        (here, message, here, InvalidInput),
        (here, message, strangers, InvalidInput),
        (here, message, "999999", NotFound),
        (there, message, here, NotFound),
        (here, opening, there, InvalidInput),
        (here, answer, there, InvalidInput),
        (here, note, there, InvalidInput),
        (here, 10**12, there, NotFound),
    ]
    for number, id_, to, error in cases:
        with pytest.raises(error):
            await move_message(number, id_, to, staff_id=agent, now=NOW + 2 * HOUR)
    await resolve(there, "Done", staff_id=agent, now=NOW + 2 * HOUR)
    with pytest.raises(MoveNotAllowed):
        await move_message(here, message, there, staff_id=agent, now=NOW + 2 * HOUR)
    assert await fetch("SELECT * FROM ticket_event WHERE type = 'message.moved'") == []
    assert "The fridge again" in await bodies(here)


async def test_concurrent_moves_in_both_directions(two: tuple[str, str, int]) -> None:
    here, there, agent = two
    one, other = await write(here, "one"), await write(there, "other")
    await asyncio.gather(
        move_message(here, one, there, staff_id=agent, now=NOW + 2 * HOUR),
        move_message(there, other, here, staff_id=agent, now=NOW + 2 * HOUR),
    )
    assert "other" in await bodies(here)
    assert "one" in await bodies(there)
