"""The events of a ticket, each record read once."""

from datetime import UTC, datetime
from typing import Any

from service_desk.rules.tickets.events import PlanRecorded, TicketOpened
from service_desk.ticket_views.events import Unreadable, data_of, read_events
from service_desk.ticket_views.schemas import EventView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.workspace.ticket_pages import callback_phone, current_plan, other_details
from tests.events import USUAL
from tests.factories import NOW, make_ticket

AT = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)


def record(type_: str, **data: Any) -> EventView:
    return EventView(type_, AT, AT, "system", USUAL.get(type_, {}) | data)


def test_an_edited_record_keeps_its_place_and_says_nothing() -> None:
    edited = [record("something.new"), EventView("plan.recorded", AT, AT, "system", {})]
    events = read_events([record("ticket.opened"), *edited, record("plan.recorded", plan="Swap")])
    assert [event.position for event in events] == [0, 1, 2, 3]
    assert [event.type for event in events][1:3] == ["something.new", "plan.recorded"]
    assert [type(event.data) for event in events][1:3] == [Unreadable, Unreadable]
    assert [plan.plan for plan in data_of(events, PlanRecorded)] == ["Swap"]
    assert len(data_of(events, TicketOpened)) == 1


async def test_what_the_ticket_page_takes_from_them(desk: str) -> None:
    ticket = await get_ticket((await make_ticket()).number, NOW)
    events = read_events(
        [
            record("ticket.opened", other_details={"name": "Wang", "email": "wang@example.com"}),
            record("plan.recorded", plan="Replace it"),
            record("plan.recorded", plan="Repair it"),
        ]
    )
    plan = current_plan(events)
    assert plan is not None
    assert plan.plan == "Repair it"
    assert other_details(events) == ["Wang", "wang@example.com"]
    assert callback_phone(ticket, events) == "+8613800138000"
    withheld = read_events([record("callback.requested"), record("callback.requested", phone=None)])
    assert callback_phone(ticket, withheld) is None
