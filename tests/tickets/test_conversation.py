"""Messages, notes and calls on a ticket, and their effect on its clocks."""

from datetime import timedelta

import pytest

from service_desk.contacts.finding import NewCustomer
from service_desk.database import fetch_value
from service_desk.errors import InvalidInput, NotFound
from service_desk.ticket_views.schemas import TicketView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation, progress
from tests.factories import NOW, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)


def states(ticket: TicketView) -> dict[str, str]:
    return {f"{clock.name}{clock.ordinal}": clock.state for clock in ticket.clocks}


async def test_a_reply_goes_out_and_meets_the_response_clock(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "We are on it", staff_id=agent, now=NOW + HOUR)
    ticket = await get_ticket(number, NOW + HOUR)
    assert ticket.state == "open"
    assert states(ticket)["response1"] == "met"
    assert ticket.messages[-1].delivery == "queued"
    assert ticket.rank.rank_at == NOW + 4 * HOUR


async def test_a_late_reply_breaches_first_and_is_met_late(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "Sorry", staff_id=agent, now=NOW + 3 * HOUR)
    ticket = await get_ticket(number, NOW + 3 * HOUR)
    response = ticket.clocks[0]
    assert (response.state, response.met_at) == ("breached", NOW + 3 * HOUR)
    assert [
        (event.data["percent"], event.at)
        for event in ticket.events
        if event.type == "clock.level_reached" and event.data["clock"] == "response"
    ] == [
        (50, NOW + HOUR),
        (80, NOW + 1.6 * HOUR),
        (100, NOW + 2 * HOUR),
    ]
    met = next(event for event in ticket.events if event.type == "clock.met")
    assert met.data["late"] is True


async def test_a_note_is_internal_and_meets_no_clock(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.add_note(number, "Looks like the pump", staff_id=agent, now=NOW + HOUR)
    ticket = await get_ticket(number, NOW + HOUR)
    assert ticket.messages[-1].visibility == "note"
    assert ticket.messages[-1].delivery is None
    assert states(ticket)["response1"] == "running"


@pytest.mark.parametrize(("answered", "state"), [(True, "met"), (False, "running")])
async def test_only_an_answered_call_counts_as_a_reply(
    desk: str, answered: bool, state: str
) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.log_call(
        number, "Talked about the pump", answered=answered, staff_id=agent, now=NOW + HOUR
    )
    assert states(await get_ticket(number, NOW + HOUR))["response1"] == state


async def test_a_customer_message_starts_next_response_and_ends_waiting(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "Which model?", staff_id=agent, now=NOW + HOUR)
    await progress.wait(number, "customer", staff_id=agent, now=NOW + HOUR)
    paused = await get_ticket(number, NOW + 10 * HOUR)
    assert states(paused)["resolution1"] == "paused"
    state = await conversation.receive_message(
        number, "It is the W1", channel="sms", now=NOW + 11 * HOUR
    )
    assert state == "open"
    ticket = await get_ticket(number, NOW + 11 * HOUR)
    clocks = {clock.name: clock for clock in ticket.clocks}
    assert clocks["resolution"].due_at == NOW + 58 * HOUR  # ten hours of waiting are given back
    assert clocks["next_response"].due_at == NOW + 13 * HOUR


async def test_a_customer_reopens_within_seven_days(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "Done", staff_id=agent, now=NOW + HOUR)
    await resolve(number, "New pump", staff_id=agent, now=NOW + 2 * HOUR)
    later = NOW + timedelta(days=6)
    assert (
        await conversation.receive_message(number, "Broken again", channel="sms", now=later)
        == "open"
    )
    ticket = await get_ticket(number, later)
    resolution = next(clock for clock in ticket.clocks if clock.name == "resolution")
    assert resolution.state == "running"
    assert resolution.remaining_seconds == 46 * 3600


async def test_thanks_do_not_reopen(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await resolve(number, "New pump", staff_id=agent, now=NOW + HOUR)
    state = await conversation.receive_message(
        number, "谢谢", channel="sms", now=NOW + 2 * HOUR, reopens=False
    )
    assert state == "resolved"


async def test_safety_words_raise_the_severity_of_an_open_ticket(desk: str) -> None:
    number = (await make_ticket()).number
    await conversation.receive_message(number, "现在冒烟了", channel="sms", now=NOW + HOUR)
    ticket = await get_ticket(number, NOW + HOUR)
    assert ticket.severity == "safety"
    resolution = next(clock for clock in ticket.clocks if clock.name == "resolution")
    assert resolution.due_at == NOW + 24 * HOUR


async def test_a_supervisors_note_answers_a_referral(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    supervisor = await make_staff("supervisor")
    await progress.refer(number, "May I offer a refund?", staff_id=agent, now=NOW)
    await conversation.add_note(number, "Still waiting", staff_id=agent, now=NOW)
    assert states(await get_ticket(number, NOW))["referral1"] == "running"
    at = NOW + timedelta(minutes=20)
    await conversation.add_note(number, "Yes", staff_id=supervisor, now=at)
    assert states(await get_ticket(number, at))["referral1"] == "met"


async def test_nobody_answers_their_own_referral(desk: str) -> None:
    number, boss = (await make_ticket()).number, await make_staff("supervisor")
    await progress.refer(number, "May I?", staff_id=boss, now=NOW)
    await conversation.add_note(number, "Called the shop", staff_id=boss, now=NOW)
    await conversation.reply(number, "We are on it", staff_id=boss, now=NOW)
    assert states(await get_ticket(number, NOW))["referral1"] == "running"
    admin = await make_staff("admin")
    await conversation.add_note(number, "You may", staff_id=admin, now=NOW)
    assert states(await get_ticket(number, NOW))["referral1"] == "met"


async def test_a_supervisor_who_referred_it_too_answers_the_agents_referral(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    boss = await make_staff("supervisor")
    await progress.refer(number, "May I?", staff_id=agent, now=NOW)
    await progress.refer(number, "May they?", staff_id=boss, now=NOW)
    await conversation.add_note(number, "Yes", staff_id=boss, now=NOW)
    assert states(await get_ticket(number, NOW))["referral1"] == "met"


async def test_a_customer_with_an_e_mail_address_only_is_written_by_e_mail(desk: str) -> None:
    agent = await make_staff()
    ticket = await make_ticket(phone=None, customer=NewCustomer(email="Li@Example.com"))
    await conversation.reply(ticket.number, "Hello", staff_id=agent, now=NOW)
    assert (await get_ticket(ticket.number, NOW)).messages[-1].channel == "email"
    with pytest.raises(InvalidInput, match="no phone number"):
        await conversation.reply(ticket.number, "Hello", staff_id=agent, now=NOW, via="sms")


async def test_unknown_numbers_and_empty_bodies(desk: str) -> None:
    agent = await make_staff()
    with pytest.raises(NotFound, match="100023"):
        await conversation.reply("100023", "Hello", staff_id=agent, now=NOW)
    with pytest.raises(InvalidInput, match="between 1 and"):
        await conversation.add_note("100023", "  ", staff_id=agent, now=NOW)


async def test_the_body_keeps_its_line_ends(desk: str) -> None:
    number, agent = (await make_ticket()).number, await make_staff()
    await conversation.reply(number, "Hello,\r\nwe\0 come", staff_id=agent, now=NOW)
    await conversation.add_note(number, "Pump\rand belt", staff_id=agent, now=NOW)
    await conversation.log_call(number, "x\r\n" * 5000, answered=True, staff_id=agent, now=NOW)
    ticket = await get_ticket(number, NOW)
    bodies = [message.body for message in ticket.messages[1:]]
    assert bodies == ["Hello,\nwe come", "Pump\nand belt", "x\n" * 5000]
    assert await fetch_value("SELECT body FROM outbox") == "Hello,\nwe come"
