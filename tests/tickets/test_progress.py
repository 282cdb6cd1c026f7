"""The progress of a ticket, and moves that are refused."""

import asyncio
from datetime import timedelta

import pytest

from service_desk.database import fetch_value
from service_desk.errors import InvalidInput, MoveNotAllowed
from service_desk.ticket_views.queries import queue_page
from service_desk.ticket_views.schemas import TicketFilters
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation, progress
from tests.factories import NOW, PHONE, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)


async def test_a_plan_meets_the_handling_clock(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await progress.record_plan(
        number,
        diagnosis="Pump",
        plan="Replace it",
        options=["Repair", "Exchange"],
        chosen=1,
        staff_id=agent,
        now=NOW + HOUR,
    )
    ticket = await get_ticket(number, NOW + HOUR)
    assert {c.name: c.state for c in ticket.clocks}["handling"] == "met"
    plan = next(event for event in ticket.events if event.type == "plan.recorded")
    assert plan.data["options"][plan.data["chosen"]] == "Exchange"
    assert plan.data["owner"] == agent


async def test_a_promise_starts_a_clock(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await progress.promise(number, NOW + 5 * HOUR, staff_id=agent, now=NOW + HOUR)
    clocks = {clock.name: clock for clock in (await get_ticket(number, NOW)).clocks}
    assert clocks["promise"].due_at == NOW + 5 * HOUR
    with pytest.raises(InvalidInput, match="future"):
        await progress.promise(number, NOW, staff_id=agent, now=NOW + HOUR)


async def test_a_resolved_ticket_asks_for_a_rating_and_closes_after_seven_days(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await resolve(number, "New pump", "supplier_quality", staff_id=agent, now=NOW + HOUR)
    ticket = await get_ticket(number, NOW + HOUR)
    assert (ticket.state, ticket.cause) == ("resolved", "supplier_quality")
    assert ticket.messages[-1].automatic
    assert await fetch_value("SELECT count(*) FROM rating WHERE score IS NULL") == 1
    quiet_until = NOW + HOUR + timedelta(days=7)
    assert await progress.auto_close_resolved(quiet_until - timedelta(seconds=1)) == 0
    assert await progress.auto_close_resolved(quiet_until) == 1
    assert await progress.auto_close_resolved(quiet_until) == 0
    assert (await get_ticket(number, quiet_until)).state == "closed"


async def test_only_a_customer_message_postpones_closing(desk: str) -> None:
    agent = await make_staff()
    quiet, thankful = (await make_ticket()).number, (await make_ticket()).number
    for number in (quiet, thankful):
        await resolve(number, "Done", staff_id=agent, now=NOW)
    later = NOW + timedelta(days=3)
    await conversation.reply(quiet, "By the way", staff_id=agent, now=later)
    await conversation.log_call(quiet, "Rang", answered=True, staff_id=agent, now=later)
    await conversation.receive_message(thankful, "Thanks", channel="sms", now=later, reopens=False)
    assert await progress.auto_close_resolved(NOW + timedelta(days=7)) == 1
    assert (await get_ticket(quiet, later)).state == "closed"
    assert await progress.auto_close_resolved(later + timedelta(days=7)) == 1
    assert (await get_ticket(thankful, later)).state == "closed"


async def test_an_illegal_move_names_the_state(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await resolve(number, "Done", staff_id=agent, now=NOW)
    await progress.close(number, staff_id=agent, now=NOW)
    with pytest.raises(MoveNotAllowed, match="closed"):
        await progress.wait(number, "parts", staff_id=agent, now=NOW)
    with pytest.raises(MoveNotAllowed, match="closed"):
        await progress.assign(number, "agent@desk.test", staff_id=agent, now=NOW)


async def test_of_two_who_resolve_at_the_same_time_one_fails(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    results = await asyncio.gather(
        *(resolve(number, "Done", staff_id=agent, now=NOW) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["MoveNotAllowed", "NoneType"]


async def test_take_next_gives_everybody_a_different_ticket_from_the_top(desk: str) -> None:
    numbers = [
        (await make_ticket(f"Broken {n}", phone=f"+861380013800{n}", at=NOW + n * HOUR)).number
        for n in range(4)
    ]
    agents = [await make_staff(email=f"a{n}@desk.test") for n in range(3)]
    taken = await asyncio.gather(
        *(progress.take_next(staff_id=agent, now=NOW + 4 * HOUR) for agent in agents)
    )
    assert sorted(map(str, taken)) == sorted(numbers[:3])
    assert await progress.take_next(staff_id=agents[0], now=NOW + 4 * HOUR) == numbers[3]
    assert await progress.take_next(staff_id=agents[0], now=NOW + 4 * HOUR) is None


async def test_a_fire_stands_before_all_others_however_overdue(desk: str) -> None:
    """Page by page, and for whoever takes the next one; not while it waits for the customer."""
    now, agent = NOW + 40 * HOUR, await make_staff()
    late = (await make_ticket(phone="+8613800138001")).number
    fires = [
        (await make_ticket("It is on fire", phone=f"+861380013801{n}", at=now)).number
        for n in range(2)
    ]
    await conversation.reply(fires[1], "Where?", staff_id=agent, now=now)
    await progress.record_plan(fires[1], diagnosis="d", plan="p", staff_id=agent, now=now)
    await progress.wait(fires[1], "customer", staff_id=agent, now=now)
    expected, seen, after = [fires[0], late, fires[1]], list[str](), None
    for _ in expected:
        page = await queue_page(TicketFilters(), limit=1, after=after, now=now)
        seen, after = [*seen, *(row.number for row in page.items)], page.next
    assert (seen, after) == (expected, None)
    assert await progress.take_next(staff_id=agent, now=now) == fires[0]


async def test_assigning_by_email(desk: str) -> None:
    number, agent = (await make_ticket(phone=PHONE)).number, await make_staff()
    await progress.assign(number, "Agent@desk.test", staff_id=agent, now=NOW)
    assert (await get_ticket(number, NOW)).assignee == "agent@desk.test"
    await progress.assign(number, None, staff_id=agent, now=NOW)
    assert (await get_ticket(number, NOW)).assignee is None
    with pytest.raises(InvalidInput, match=r"nobody@desk\.test"):
        await progress.assign(number, "nobody@desk.test", staff_id=agent, now=NOW)


async def test_waiting_and_resuming_give_the_time_back(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await progress.wait(number, "customer", staff_id=agent, now=NOW + HOUR)
    await progress.resume(number, staff_id=agent, now=NOW + 6 * HOUR)
    clocks = {clock.name: clock for clock in (await get_ticket(number, NOW)).clocks}
    assert clocks["resolution"].due_at == NOW + 53 * HOUR
    assert clocks["response"].due_at == NOW + 2 * HOUR


async def test_reopening_a_closed_ticket(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await resolve(number, "Done", staff_id=agent, now=NOW)
    await progress.reopen(number, "Customer called", staff_id=agent, now=NOW + HOUR)
    ticket = await get_ticket(number, NOW + HOUR)
    assert ticket.state == "open"
    assert ticket.resolved_at is None


async def test_only_waiting_tickets_resume_and_only_ended_ones_reopen(desk: str) -> None:
    """Resuming a closed ticket would open it, but its clocks would stay ended."""
    agent = await make_staff()
    number = (await make_ticket()).number
    with pytest.raises(MoveNotAllowed, match="is new"):
        await progress.resume(number, staff_id=agent, now=NOW)
    await progress.wait(number, "parts", staff_id=agent, now=NOW)
    with pytest.raises(MoveNotAllowed, match="is waiting_parts"):
        await progress.reopen(number, "Again", staff_id=agent, now=NOW)
    await progress.close(number, staff_id=agent, now=NOW)
    with pytest.raises(MoveNotAllowed, match="is closed"):
        await progress.resume(number, staff_id=agent, now=NOW)


async def test_a_ticket_is_referred_to_supervisors_only(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    with pytest.raises(InvalidInput, match="not a supervisor"):
        await progress.refer(number, "May I?", "agent@desk.test", staff_id=agent, now=NOW)
    boss = await make_staff("supervisor")
    with pytest.raises(InvalidInput, match="yourself"):
        await progress.refer(number, "May I?", "supervisor@desk.test", staff_id=boss, now=NOW)
