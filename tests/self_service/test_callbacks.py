"""Callbacks that customers request."""

from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.linking.operations import merge
from service_desk.self_service.callbacks import request_callback
from service_desk.ticket_views.queries import queue_page
from service_desk.ticket_views.schemas import TicketFilters
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import log_call, reply
from service_desk.tickets.progress import reopen
from tests.factories import NOW, PHONE, make_staff, make_ticket, resolve

LATER = NOW + timedelta(minutes=20)


async def callback_requested_at(number: str) -> object:
    return (await get_ticket(number, LATER)).callback_requested_at


async def waiting_for_callback(waiting: bool = True) -> list[str]:
    filters = TicketFilters(callback=waiting)
    page = await queue_page(filters, limit=10, after=None, now=LATER)
    return [ticket.number for ticket in page.items]


async def test_the_request_is_in_the_history_with_the_number_to_call(desk: str) -> None:
    ticket = await make_ticket()
    await request_callback(ticket.number, PHONE, body="CALL", provider_id="SM1", now=NOW)
    await request_callback(ticket.number, None, now=NOW)
    events = await fetch("SELECT data FROM ticket_event WHERE type = 'callback.requested'")
    assert [row["data"] for row in events] == [{"phone": PHONE}, {"phone": None}]
    assert await fetch_value("SELECT body FROM message WHERE provider_id = 'SM1'") == "CALL"
    assert await fetch_value("SELECT count(*) FROM message") == 2


async def test_only_an_answered_call_ends_the_request(desk: str) -> None:
    staff, ticket, other = await make_staff(), await make_ticket(), await make_ticket("Another")
    await request_callback(ticket.number, PHONE, now=NOW)
    await request_callback(ticket.number, PHONE, now=LATER)
    assert await callback_requested_at(ticket.number) == NOW
    assert await waiting_for_callback() == [ticket.number]
    assert await waiting_for_callback(waiting=False) == [other.number]
    await reply(ticket.number, "We call you", staff_id=staff, now=LATER)
    await log_call(ticket.number, "No answer", answered=False, staff_id=staff, now=LATER)
    assert await waiting_for_callback() == [ticket.number]
    await log_call(ticket.number, "All is well", answered=True, staff_id=staff, now=LATER)
    assert await waiting_for_callback() == []
    await request_callback(ticket.number, PHONE, now=LATER)
    assert await callback_requested_at(ticket.number) == LATER


async def test_a_callback_is_due_like_any_reply(desk: str) -> None:
    staff, ticket = await make_staff(), await make_ticket()
    await reply(ticket.number, "What is it?", staff_id=staff, now=NOW)
    await request_callback(ticket.number, PHONE, body="CALL", provider_id="SM1", now=LATER)
    clocks = {clock.name: clock for clock in (await get_ticket(ticket.number, LATER)).clocks}
    assert clocks["next_response"].due_at == LATER + timedelta(hours=2)


async def test_resolving_ends_the_request(desk: str) -> None:
    staff, ticket = await make_staff(), await make_ticket()
    await request_callback(ticket.number, PHONE, now=NOW)
    await resolve(ticket.number, "Done", staff_id=staff, now=LATER)
    await reopen(ticket.number, "Not done", staff_id=staff, now=LATER)
    assert await callback_requested_at(ticket.number) is None


@pytest.mark.parametrize("merged_first", [True, False])
async def test_a_merge_moves_the_request_to_the_other_ticket(desk: str, merged_first: bool) -> None:
    staff, one, two = await make_staff(), await make_ticket("One"), await make_ticket("Two")
    requested, other_ticket = (one, two) if merged_first else (two, one)
    await request_callback(requested.number, PHONE, now=NOW)
    await merge(requested.number, other_ticket.number, staff_id=staff, now=LATER)
    assert await callback_requested_at(other_ticket.number) == NOW
    assert await callback_requested_at(requested.number) is None
