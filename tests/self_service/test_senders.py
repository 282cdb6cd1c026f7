"""Senders of texts and callers: the customer of a number with their tickets."""

from datetime import timedelta

import pytest

from service_desk.contacts.opt_outs import mark_opted_out
from service_desk.database import fetch
from service_desk.self_service import senders
from service_desk.self_service.senders import SenderTicket, find_sender, sender_by_id
from tests.factories import NOW, PHONE, make_ticket


async def test_an_unknown_number(desk: str) -> None:
    assert await find_sender(PHONE) is None


async def test_a_customer_with_their_tickets_newest_first(desk: str) -> None:
    old = await make_ticket(at=NOW - timedelta(days=2))
    new = await make_ticket(at=NOW)
    await make_ticket(phone="+8613800138009")
    sender = await find_sender(PHONE)
    assert sender is not None
    assert [ticket.number for ticket in sender.tickets] == [new.number, old.number]
    assert sender.locale == "en"
    assert not sender.opted_out
    await mark_opted_out(PHONE, now=NOW)
    sender = await find_sender(PHONE)
    assert sender is not None
    assert sender.opted_out


async def test_a_merged_ticket_leads_to_the_other_one(desk: str) -> None:
    first, second, third = [await make_ticket() for _ in range(3)]
    await fetch("UPDATE ticket SET merged_into = $1 WHERE id = $2", second.id, first.id)
    await fetch("UPDATE ticket SET merged_into = $1 WHERE id = $2", third.id, second.id)
    sender = await find_sender(PHONE)
    assert sender is not None
    assert [ticket.number for ticket in sender.tickets] == [third.number]
    for number in (first.number, second.number, third.number):
        found = sender.ticket(number)
        assert found is not None
        assert found.id == third.id
    assert sender.ticket("1") is None


async def test_a_ticket_follows_up_on_linked_tickets_and_on_those_of_merged_ones(
    desk: str,
) -> None:
    first, second, third = [await make_ticket() for _ in range(3)]
    await fetch("UPDATE ticket SET linked_to = $1 WHERE id = $2", first.id, second.id)
    # Nothing in the desk links an old ticket to a newer one.
    await fetch("UPDATE ticket SET linked_to = $1 WHERE id = $2", third.id, first.id)
    linked = {ticket.number: ticket.linked_numbers for ticket in await tickets_of(PHONE)}
    assert linked == {first.number: (), second.number: (first.number,), third.number: ()}
    await fetch("UPDATE ticket SET merged_into = $1 WHERE id = $2", third.id, second.id)
    linked = {ticket.number: ticket.linked_numbers for ticket in await tickets_of(PHONE)}
    assert linked == {first.number: (), third.number: (first.number,)}


async def tickets_of(phone: str) -> tuple[SenderTicket, ...]:
    sender = await find_sender(phone)
    assert sender is not None
    assert sender.customer is not None
    assert await sender_by_id(sender.customer) == sender
    return sender.tickets


async def test_an_old_ticket_is_found_by_its_number(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "MAX_TICKETS", 2)
    old = await make_ticket(at=NOW - timedelta(days=9))
    for _ in range(3):
        await make_ticket()
    sender = await find_sender(PHONE)
    assert sender is not None
    assert sender.ticket(old.number) is None
    sender = await find_sender(PHONE, [old.number])
    assert sender is not None
    assert sender.ticket(old.number) is not None


async def test_another_customers_ticket_is_not_found_by_its_number(desk: str) -> None:
    await make_ticket()
    other = await make_ticket(phone="+8613800138009")
    sender = await find_sender(PHONE, [other.number])
    assert sender is not None
    assert sender.ticket(other.number) is None
