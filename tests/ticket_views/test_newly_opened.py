"""A ticket shown from memory is the one that reading finds, to the last field."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service_desk.attachments.schemas import NewAttachment
from service_desk.contacts.finding import NewCustomer
from service_desk.database import fetch
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.once import open_ticket_once
from service_desk.ticket_views import newly_opened as module
from service_desk.ticket_views.newly_opened import newly_opened
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.factories import NOW, PHONE, make_ticket

BODIES = [
    "The fridge is warm",
    "Smoke from the oven!",
    "冰箱不制冷，第二次了",
    "屏幕碎了",
    "a\n\nb\0",
]
CUSTOMERS = [
    NewCustomer(phone=PHONE, name="Li Lei"),
    NewCustomer(phone=PHONE, email="other@x.example", region="Pudong"),
    NewCustomer(email="ann@x.example", locale="en"),
    NewCustomer(phone="+8613912345678", email="both@x.example", name="Han Meimei"),
    NewCustomer(name="nobody can reach them"),
]
TICKETS = st.builds(
    NewTicket,
    kind=st.sampled_from(["complaint", "repair", "enquiry"]),
    body=st.sampled_from(BODIES),
    channel=st.sampled_from(["api", "counter", "web"]),
    customer=st.sampled_from(CUSTOMERS),
    received_at=st.sampled_from([NOW, NOW - timedelta(hours=5), NOW - timedelta(days=40)]),
    actor=st.sampled_from(["customer", "staff:1"]),
    acknowledge=st.booleans(),
    subject=st.sampled_from(["", "Walks across the kitchen"]),
    severity=st.sampled_from([None, "low", "high", "safety"]),
    product=st.sampled_from([None, "Washer 9"]),
    serial_number=st.sampled_from([None, "SN-1"]),
    supplier=st.sampled_from([None, " Acme  Ltd "]),
)


@given(tickets=st.lists(TICKETS, min_size=1, max_size=4))
@settings(max_examples=10)
async def test_it_is_as_it_is_read(desk: str, tickets: list[NewTicket]) -> None:
    """One after the other: later ones find customers, suppliers and duplicates of earlier ones."""
    await fetch("UPDATE customer SET opted_out_at = $1 WHERE email IS NULL", NOW)
    for new in tickets:
        shown = await newly_opened(await open_ticket_once(new, now=NOW), NOW)
        assert shown == await get_ticket(shown.number, NOW)


async def test_a_customer_who_writes_by_whatsapp_and_messenger(desk: str) -> None:
    await make_ticket(phone=PHONE)
    await fetch(
        "UPDATE customer SET last_whatsapp_at = $1, handle = 'messenger:1', handle_wrote_at = $1",
        NOW - timedelta(hours=1),
    )
    new = NewTicket("complaint", "Broken", "api", NewCustomer(phone=PHONE), NOW, acknowledge=True)
    shown = await newly_opened(await open_ticket_once(new, now=NOW), NOW)
    assert shown == await get_ticket(shown.number, NOW)
    assert shown.customer.messenger == "messenger:1"


@pytest.mark.parametrize(
    "more",
    [{}, {"attachments": (NewAttachment("p.jpg", "pending", source_url="https://x.example"),)}],
)
async def test_what_others_may_have_written_is_read(
    desk: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Webhooks of the events, or the files of its first message."""
    if not more:
        await fetch(
            "INSERT INTO webhook_subscription (url, events, secret, created_at) "
            "VALUES ('https://x.example', '{ticket.opened}', 's', $1)",
            NOW,
        )
    read: list[str] = []

    async def reading(number: str, now: Any) -> Any:
        read.append(number)
        return await get_ticket(number, now)

    monkeypatch.setattr(module, "get_ticket", reading)
    new = NewTicket("complaint", "Broken", "api", NewCustomer(phone=PHONE), NOW, **more)
    shown = await newly_opened(await open_ticket_once(new, now=NOW), NOW)
    assert read == [shown.number]
    assert shown.events[0].type == "ticket.opened"
