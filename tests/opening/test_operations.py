"""open_ticket: the ticket with its message, history, clocks and rank, in one transaction."""

import asyncio
from datetime import timedelta

import pytest

from service_desk.contacts.finding import NewCustomer
from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.rules.tickets.numbers import is_valid_number
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.factories import NOW, PHONE, make_ticket


async def test_a_ticket_has_number_message_history_clocks_and_rank(desk: str) -> None:
    opened = await make_ticket("Smoke from the washing machine\nSince Monday", product="W1")
    assert is_valid_number(opened.number)
    ticket = await get_ticket(opened.number, NOW)
    assert ticket.subject == "Smoke from the washing machine"
    assert ticket.state == "new"
    assert [message.body for message in ticket.messages] == [ticket.description]
    assert {clock.name: clock.remaining_seconds for clock in ticket.clocks} == {
        "response": 15 * 60,  # "smoke" is a safety word: the safety policy
        "handling": 3600,
        "resolution": 24 * 3600,
    }
    types = [event.type for event in ticket.events]
    assert types[:3] == ["ticket.opened", "severity.raised", "sla.policy_applied"]
    assert types[3:] == ["clock.started"] * 3
    assert ticket.rank.rank_at == NOW + timedelta(minutes=15) - timedelta(hours=24)
    assert [reason.code for reason in ticket.rank.because] == ["due", "severity"]


async def test_the_standard_targets(desk: str) -> None:
    ticket = await get_ticket((await make_ticket()).number, NOW)
    hours = {clock.name: (clock.due_at - NOW) / timedelta(hours=1) for clock in ticket.clocks}
    assert hours == {"response": 2, "handling": 4, "resolution": 48}


async def test_an_exchange_at_the_counter_has_ten_minutes_for_the_plan(desk: str) -> None:
    opened = await make_ticket("I want another one", kind="exchange_return", channel="counter")
    clocks = {clock.name: clock for clock in (await get_ticket(opened.number, NOW)).clocks}
    assert clocks["handling"].due_at == NOW + timedelta(minutes=10)


async def test_a_customer_is_found_by_phone_in_any_spelling(desk: str) -> None:
    first = await make_ticket(phone=PHONE)
    second = await make_ticket(phone="138 0013 8000")
    assert first.customer == second.customer
    assert await fetch_value("SELECT count(*) FROM customer") == 1


async def test_concurrent_first_contacts_make_one_customer(desk: str) -> None:
    opened = await asyncio.gather(*(make_ticket(f"Broken {n}") for n in range(8)))
    assert len({ticket.customer for ticket in opened}) == 1
    assert len({ticket.number for ticket in opened}) == 8


@pytest.mark.parametrize(
    ("text", "locale"), [("空调不制冷", "zh"), ("No cooling", "en"), ("??", "zh")]
)
async def test_the_language_is_detected_from_the_text(desk: str, text: str, locale: str) -> None:
    assert (await make_ticket(text)).locale == locale


async def test_earlier_complaints_within_thirty_days_give_a_head_start(desk: str) -> None:
    await make_ticket("One", at=NOW - timedelta(days=31))
    await make_ticket("Two", at=NOW - timedelta(days=29))
    await make_ticket("Three", at=NOW - timedelta(days=1))
    ticket = await get_ticket((await make_ticket("Four")).number, NOW)
    assert ticket.rank.rank_at == NOW + timedelta(hours=2) - timedelta(hours=1)


async def test_a_likely_duplicate_is_marked(desk: str) -> None:
    first = await make_ticket("Fridge is too warm", channel="web", product="F1")
    again = await make_ticket("The fridge is still too warm", channel="web", product="F1")
    other = await make_ticket("Fridge is too warm", channel="web", product="F2")
    assert again.duplicate_of == first.number
    assert other.duplicate_of is None


async def test_nothing_is_stored_if_anything_fails(desk: str) -> None:
    with pytest.raises(InvalidInput, match="no category"):
        await make_ticket(category="no.such")
    assert [
        await fetch_value(f"SELECT count(*) FROM {table}")
        for table in ("customer", "ticket", "message", "ticket_event", "clock")
    ] == [0] * 5


async def test_an_acknowledgement_is_automatic_and_meets_no_clock(desk: str) -> None:
    new = NewTicket(
        kind="repair",
        channel="web",
        body="No sound",
        customer=NewCustomer(phone=PHONE),
        received_at=NOW,
        acknowledge=True,
    )
    opened = await open_ticket(new, now=NOW)
    ticket = await get_ticket(opened.number, NOW)
    assert [(m.direction, m.automatic, m.delivery) for m in ticket.messages] == [
        ("in", False, None),
        ("out", True, "queued"),
    ]
    assert opened.number in ticket.messages[1].body
    assert {clock.state for clock in ticket.clocks} == {"running"}


async def test_nul_and_long_subjects(desk: str) -> None:
    opened = await make_ticket("a\0b " + "x" * 300)
    ticket = await get_ticket(opened.number, NOW)
    assert ticket.description == "ab " + "x" * 300
    assert len(ticket.subject) == 200


async def test_history_is_append_only(desk: str) -> None:
    await make_ticket()
    with pytest.raises(Exception, match="append-only"):
        await fetch("UPDATE ticket_event SET type = 'x'")
    with pytest.raises(Exception, match="append-only"):
        await fetch("DELETE FROM ticket_event")


async def test_tickets_without_category_and_product_are_not_duplicates(desk: str) -> None:
    await make_ticket("Hello there", channel="web")
    assert (await make_ticket("Something else", channel="web")).duplicate_of is None
