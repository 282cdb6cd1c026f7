"""New details of a known customer fill what is empty; others stay with the ticket."""

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service_desk.contacts import finding
from service_desk.contacts.finding import NewCustomer, find_or_create_customer
from service_desk.database import fetch_one, fetch_value, transaction
from service_desk.opening.new_ticket import OpenedTicket
from service_desk.ticket_views.events import read_events
from service_desk.ticket_views.history import HistoryRenderer, Names
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.factories import NOW, PHONE, make_ticket

OTHER = "+8613900139000"


async def _opened(customer: NewCustomer) -> OpenedTicket:
    return await make_ticket("No cooling", channel="web", customer=customer)


async def _event(ticket: OpenedTicket) -> dict[str, Any]:
    return await fetch_value(
        "SELECT data FROM ticket_event WHERE ticket = $1 AND type = 'ticket.opened'", ticket.id
    )


async def _customer(phone: str = PHONE) -> dict[str, Any]:
    row = await fetch_one("SELECT name, phone, email, region FROM customer WHERE phone = $1", phone)
    return dict(row or {})


async def test_empty_columns_are_filled(desk: str) -> None:
    await make_ticket(phone=PHONE)
    given = NewCustomer(name=" Li Wei ", phone=PHONE, email="Li@Example.com", region="Hangzhou")
    opened = await _opened(given)
    known = {"name": "Li Wei", "email": "li@example.com", "region": "Hangzhou"}
    assert await _customer() == known | {"phone": PHONE}
    event = await _event(opened)
    assert event["new_details"] == known
    assert "other_details" not in event
    # The new e-mail address identifies them as well.
    assert (await _opened(NewCustomer(email="li@example.com"))).customer == opened.customer


async def test_different_details_stay_with_the_ticket(desk: str) -> None:
    first = await _opened(NewCustomer(name="Li Wei", phone=PHONE, email="li@example.com"))
    opened = await _opened(NewCustomer(name="Wang", phone=PHONE, email="wang@example.com"))
    assert opened.customer == first.customer
    assert (await _customer())["email"] == "li@example.com"
    assert (await _event(opened))["other_details"] == {"name": "Wang", "email": "wang@example.com"}
    view = await get_ticket(opened.number, NOW)
    renderer = HistoryRenderer(Names({}, {}, {}), "zh", ZoneInfo("UTC"), NOW)
    assert "wang@example.com" in renderer.lines(read_events(view.events))[-1].sentence


async def test_a_contact_of_another_customer_stays_theirs(desk: str) -> None:
    await _opened(NewCustomer(phone=OTHER, email="shared@example.com"))
    await make_ticket(phone=PHONE)
    opened = await _opened(NewCustomer(name="Li", phone=PHONE, email="shared@example.com"))
    assert await _customer() == {"name": "Li", "phone": PHONE, "email": None, "region": None}
    assert (await _customer(OTHER))["email"] == "shared@example.com"
    pair = await fetch_one("SELECT customer, other FROM customer_pair")
    assert pair is not None
    assert {*pair} == {opened.customer, await fetch_value("SELECT min(id) FROM customer")}
    event = await _event(opened)
    assert (event["new_details"], event["other_details"]) == (
        {"name": "Li"},
        {"email": "shared@example.com"},
    )


async def test_two_customers_claim_one_address_at_once(desk: str) -> None:
    await make_ticket(phone=PHONE)
    await make_ticket(phone=OTHER)
    given = [NewCustomer(phone=phone, email="one@example.com") for phone in (PHONE, OTHER)]
    opened = await asyncio.gather(*(_opened(customer) for customer in given))
    assert len({ticket.customer for ticket in opened}) == 2
    assert await fetch_value("SELECT count(*) FROM customer WHERE email = 'one@example.com'") == 1


async def test_no_new_details_cost_no_query(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_ticket(phone=PHONE)
    queries: list[str] = []
    fetch = finding.fetch

    async def counted(query: str, *args: object) -> list[Any]:
        queries.append(query)
        return await fetch(query, *args)

    monkeypatch.setattr(finding, "fetch", counted)
    monkeypatch.setattr(finding, "fetch_one", counted)
    async with transaction():
        await find_or_create_customer(NewCustomer(phone=PHONE, locale="en"), body="?", now=NOW)
    assert len(queries) == 1
