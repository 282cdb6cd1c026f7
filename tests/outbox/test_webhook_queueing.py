from datetime import datetime, timedelta
from typing import Any

import pytest

from service_desk.clocks.sweep import record_due_levels
from service_desk.database import fetch, fetch_value, transaction
from service_desk.rules.messages.vocabulary import WEBHOOK_EVENTS
from service_desk.tickets import progress
from service_desk.tickets.change import change_ticket
from service_desk.tickets.conversation import add_note, receive_message, reply
from tests.factories import NOW, make_staff, make_ticket, resolve
from tests.webhooks.subscribing import queued, subscription, types

URL = "https://example.com/hook"


async def test_a_webhook_carries_the_ticket_and_the_message(desk: str) -> None:
    await subscription(URL, "ticket.opened", "message.received")
    ticket = await make_ticket("洗衣机“漏水”\n<b>", external_id="A-7")
    at = NOW + timedelta(minutes=5, microseconds=1)
    await receive_message(ticket.number, "还在漏", channel="sms", now=at)
    opened, received = await queued()
    assert opened["id"].startswith("msg_")
    assert len({opened["id"], received["id"]}) == 2
    assert (opened["type"], received["type"]) == ("ticket.opened", "message.received")
    assert datetime.fromisoformat(opened["timestamp"]) == NOW
    assert datetime.fromisoformat(received["timestamp"]) == at
    assert opened["data"]["ticket"] == {
        "number": ticket.number,
        "state": "new",
        "kind": "complaint",
        "severity": "safety",
        "channel": "sms",
        "subject": "洗衣机“漏水”",
        "external_id": "A-7",
    } | {"severity": await fetch_value("SELECT severity FROM ticket")}
    assert opened["data"]["actor"] == "customer"
    assert opened["data"]["message"]["body"] == "洗衣机“漏水”\n<b>"
    message: dict[str, Any] = received["data"]["message"]
    assert (message["direction"], message["channel"], message["body"]) == ("in", "sms", "还在漏")
    row = await fetch("SELECT recipient, purpose, state, next_attempt_at FROM outbox ORDER BY id")
    assert [tuple(one) for one in row] == [
        (URL, "ticket.opened", "queued", NOW),
        (URL, "message.received", "queued", at),
    ]


async def test_a_webhook_carries_the_ticket_as_after_the_event(desk: str) -> None:
    await subscription(URL, *WEBHOOK_EVENTS)
    staff = await make_staff()
    ticket = await make_ticket()
    await reply(ticket.number, "We come tomorrow", staff_id=staff, now=NOW)
    await resolve(ticket.number, "New pump", staff_id=staff, now=NOW)
    await progress.reopen(ticket.number, "Leaks again", staff_id=staff, now=NOW)
    await progress.close(ticket.number, staff_id=staff, now=NOW)
    sent = [(event["type"], event["data"]["ticket"]["state"]) for event in await queued()]
    assert sent == [
        ("ticket.opened", "new"),
        ("message.sent", "open"),
        ("ticket.resolved", "resolved"),
        ("message.sent", "resolved"),  # asks for a rating
        ("ticket.reopened", "open"),
        ("ticket.closed", "closed"),
    ]
    resolved = (await queued())[2]
    assert resolved["data"]["actor"] == f"staff:{staff}"
    assert resolved["data"]["event"]["resolution"] == "New pump"


async def test_a_breach_is_sent_whoever_records_it(desk: str) -> None:
    await subscription(URL, "clock.breached")
    first, second = await make_ticket(), await make_ticket(phone="+8613800138001")
    late = NOW + timedelta(hours=2, minutes=5)
    async with change_ticket(first.number, actor="system", now=late):
        pass
    while await record_due_levels(late):
        pass
    sent = [
        (event["data"]["ticket"]["number"], event["data"]["event"]["clock"])
        for event in await queued()
    ]
    assert sent == [(first.number, "response"), (second.number, "response")]


async def test_each_subscription_gets_its_events(desk: str) -> None:
    await subscription("https://one.example.com/", "ticket.opened")
    await subscription("https://two.example.com/", "ticket.opened", "message.received")
    gone = await subscription("https://gone.example.com/", *WEBHOOK_EVENTS)
    await fetch("UPDATE webhook_subscription SET deleted_at = $2 WHERE id = $1", gone, NOW)
    ticket = await make_ticket()
    await receive_message(ticket.number, "More", channel="sms", now=NOW)
    rows = await fetch("SELECT recipient, purpose FROM outbox ORDER BY id")
    assert sorted(map(tuple, rows)) == [
        ("https://one.example.com/", "ticket.opened"),
        ("https://two.example.com/", "message.received"),
        ("https://two.example.com/", "ticket.opened"),
    ]


async def test_notes_are_for_staff_only(desk: str) -> None:
    await subscription(URL, *WEBHOOK_EVENTS)
    ticket = await make_ticket()
    await add_note(ticket.number, "Difficult customer", staff_id=await make_staff(), now=NOW)
    assert types(await queued()) == ["ticket.opened"]


async def test_a_rollback_queues_nothing(desk: str) -> None:
    await subscription(URL, *WEBHOOK_EVENTS)

    async def fail() -> None:
        async with transaction():
            await make_ticket()
            assert len(await queued()) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await queued() == []


async def test_without_subscriptions_nothing_is_queued(desk: str) -> None:
    await make_ticket()
    assert await queued() == []
