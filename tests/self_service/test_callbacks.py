from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.joining.operations import merge
from service_desk.self_service.callbacks import request_callback
from service_desk.ticket_views.queries import get_ticket, queue_page
from service_desk.ticket_views.schemas import TicketFilters
from service_desk.tickets.conversation import log_call, reply
from service_desk.tickets.progress import reopen, resolve
from tests.factories import NOW, PHONE, make_staff, make_ticket

LATER = NOW + timedelta(minutes=20)


async def waits_since(number: str) -> object:
    return (await get_ticket(number, LATER)).callback_requested_at


async def to_call_back(wanted: bool = True) -> list[str]:
    filters = TicketFilters(callback=wanted)
    page = await queue_page(filters, limit=10, after=None, now=LATER)
    return [ticket.number for ticket in page.items]


async def test_the_wish_is_on_the_ticket_with_the_number_to_call(desk) -> None:
    ticket = await make_ticket()
    await request_callback(ticket.number, PHONE, body="CALL", provider_id="SM1", now=NOW)
    await request_callback(ticket.number, None, now=NOW)
    events = await fetch("SELECT data FROM ticket_event WHERE type = 'callback.requested'")
    assert [row["data"] for row in events] == [{"phone": PHONE}, {"phone": None}]
    assert await fetch_value("SELECT body FROM message WHERE provider_id = 'SM1'") == "CALL"
    assert await fetch_value("SELECT count(*) FROM message") == 2


async def test_only_an_answered_call_ends_it(desk) -> None:
    staff, ticket, other = await make_staff(), await make_ticket(), await make_ticket("Another")
    await request_callback(ticket.number, PHONE, now=NOW)
    await request_callback(ticket.number, PHONE, now=LATER)
    assert await waits_since(ticket.number) == NOW
    assert await to_call_back() == [ticket.number]
    assert await to_call_back(wanted=False) == [other.number]
    await reply(ticket.number, "We call you", staff_id=staff, now=LATER)
    await log_call(ticket.number, "No answer", answered=False, staff_id=staff, now=LATER)
    assert await to_call_back() == [ticket.number]
    await log_call(ticket.number, "All is well", answered=True, staff_id=staff, now=LATER)
    assert await to_call_back() == []
    await request_callback(ticket.number, PHONE, now=LATER)
    assert await waits_since(ticket.number) == LATER


async def test_it_is_due_as_anything_the_customer_says(desk) -> None:
    staff, ticket = await make_staff(), await make_ticket()
    await reply(ticket.number, "What is it?", staff_id=staff, now=NOW)
    await request_callback(ticket.number, PHONE, body="CALL", provider_id="SM1", now=LATER)
    clocks = {clock.name: clock for clock in (await get_ticket(ticket.number, LATER)).clocks}
    assert clocks["next_response"].due_at == LATER + timedelta(hours=2)


async def test_a_ticket_that_is_over_waits_for_nobody(desk) -> None:
    staff, ticket = await make_staff(), await make_ticket()
    await request_callback(ticket.number, PHONE, now=NOW)
    await resolve(ticket.number, "Done", staff_id=staff, now=LATER)
    await reopen(ticket.number, "Not done", staff_id=staff, now=LATER)
    assert await waits_since(ticket.number) is None


@pytest.mark.parametrize("merged_first", [True, False])
async def test_a_merged_ticket_hands_the_wish_on(desk, merged_first: bool) -> None:
    staff, one, two = await make_staff(), await make_ticket("One"), await make_ticket("Two")
    asked, silent = (one, two) if merged_first else (two, one)
    await request_callback(asked.number, PHONE, now=NOW)
    await merge(asked.number, silent.number, staff_id=staff, now=LATER)
    assert await waits_since(silent.number) == NOW
    assert await waits_since(asked.number) is None
