from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.outbox.delivery import LEASE, MAX_ATTEMPTS, deliver_due
from service_desk.webhooks.operations import redeliver, send_test, subscribe, unsubscribe
from service_desk.webhooks.queries import dead_letters, list_subscriptions
from service_desk.webhooks.schemas import MAX_SUBSCRIPTIONS, SubscriptionInput
from tests.factories import NOW, make_staff, make_ticket
from tests.outbox.delivering import queue
from tests.webhooks.receiver import Receiver, receiver
from tests.webhooks.subscribing import SECRET, deliver, gateways, states, subscription


@pytest.fixture
async def hook(desk: str) -> AsyncGenerator[Receiver]:
    async with receiver() as hook, gateways():
        yield hook


async def test_an_event_arrives_signed(hook: Receiver) -> None:
    await subscription(hook.url, "ticket.opened")
    ticket = await make_ticket()
    await deliver()
    assert hook.events == ["ticket.opened"]
    assert hook.received[0].event["data"]["ticket"]["number"] == ticket.number
    assert hook.received[0].is_signed_with(SECRET)
    assert await states() == ["sent"]
    await deliver(NOW + timedelta(days=1))
    assert len(hook.received) == 1


async def test_retries_with_the_same_id_until_the_attempts_run_out(hook: Receiver) -> None:
    await subscription(hook.url, "ticket.opened")
    await make_ticket()
    hook.statuses = [500] * (MAX_ATTEMPTS - 1) + [404]
    now = NOW
    for _ in range(MAX_ATTEMPTS - 1):
        await deliver(now)
        assert await states() == ["queued"]
        due = await fetch_value("SELECT next_attempt_at FROM outbox")
        assert due > now
        await deliver(due - timedelta(microseconds=1))
        now = due
    await deliver(now)
    assert await states() == ["failed"]
    assert len(hook.received) == MAX_ATTEMPTS
    assert len({one.headers["webhook-id"] for one in hook.received}) == 1
    letter = (await dead_letters(limit=10)).items[0]
    assert (letter.event, letter.attempts, letter.error) == (
        "ticket.opened",
        MAX_ATTEMPTS,
        "HTTP 404",
    )
    assert await redeliver([letter.id], now=now) == 1
    await deliver(now)
    assert await states() == ["sent"]
    assert hook.received[-1].headers["webhook-id"] == hook.received[0].headers["webhook-id"]
    assert await redeliver([letter.id], now=now) == 0


async def test_a_worker_killed_while_sending_leaves_it_to_be_sent_again(hook: Receiver) -> None:
    """Unlike an SMS: receivers recognise a repetition by its id."""
    await subscription(hook.url, "ticket.opened")
    await make_ticket()
    await fetch("UPDATE outbox SET state = 'sending', attempts = 1, lease_until = $1", NOW + LEASE)
    assert await deliver_due(NOW + LEASE, ["webhook"]) == 0
    await deliver(NOW + LEASE + timedelta(seconds=1))
    assert await states() == ["sent"]


async def test_redeliver_all_dead_letters(hook: Receiver) -> None:
    gone = await subscription(hook.url, "ticket.opened")
    await make_ticket()
    await unsubscribe(gone, now=NOW)
    await subscription(hook.url, "ticket.opened")
    for place in range(3):
        await make_ticket(phone=f"+861380013810{place}")
    hook.statuses = [410] * 3
    await deliver()
    assert await states() == ["failed"] * 4
    page = await dead_letters(limit=3)
    assert [letter.subscribed for letter in page.items] == [True] * 3
    assert [one.subscribed for one in (await dead_letters(limit=3, after=page.next)).items] == [
        False
    ]
    assert await redeliver(None, now=NOW) == 3
    await deliver()
    assert await states() == ["failed", "sent", "sent", "sent"]


async def test_a_deleted_subscription_receives_nothing_more(hook: Receiver) -> None:
    one = await subscription(hook.url, "ticket.opened", "ticket.closed")
    await make_ticket()
    await unsubscribe(one, now=NOW)
    await make_ticket(phone="+8613800138001")
    await deliver()
    assert hook.received == []
    assert await states() == ["failed"]
    with pytest.raises(NotFound):
        await unsubscribe(one, now=NOW)
    with pytest.raises(NotFound):
        await send_test(one, actor="staff:1", now=NOW)


async def test_a_test_is_delivered_like_an_event(hook: Receiver) -> None:
    one = await subscription(hook.url, "ticket.closed")
    await send_test(one, actor="staff:1", now=NOW)
    await deliver()
    assert hook.events == ["webhook.test"]
    assert hook.received[0].is_signed_with(SECRET)
    view = (await list_subscriptions(limit=10, after=None)).items[0]
    assert (view.last_state, view.waiting, view.failed) == ("sent", 0, 0)


async def test_messages_do_not_wait_for_webhooks(hook: Receiver) -> None:
    """They have sweeps of their own."""
    await subscription(hook.url, "ticket.opened")
    await make_ticket()
    await queue()
    assert await deliver_due(NOW) == 1
    assert await states() == ["queued"]


async def test_each_subscription_has_its_own_secret(desk: str) -> None:
    staff = await make_staff("supervisor")
    new = SubscriptionInput("https://example.com/a", ["ticket.opened", "ticket.opened"])
    one = await subscribe(new, staff_id=staff, now=NOW)
    other = await subscribe(new, staff_id=staff, now=NOW)
    assert one.events == ["ticket.opened"]
    assert one.secret.startswith("whsec_")
    assert len(one.secret) == 50
    assert one.secret != other.secret


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://x@y.com/"]
)
async def test_urls_we_do_not_call_are_rejected(desk: str, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await subscribe(
            SubscriptionInput(url, ["ticket.opened"]),
            staff_id=await make_staff("supervisor"),
            now=NOW,
        )
    assert caught.value.field == "url"
    assert await fetch_value("SELECT count(*) FROM webhook_subscription") == 0


async def test_the_number_of_subscriptions_is_limited(desk: str) -> None:
    for place in range(MAX_SUBSCRIPTIONS):
        await subscription(f"https://example.com/{place}", "ticket.opened")
    with pytest.raises(Conflict):
        await subscribe(
            SubscriptionInput("https://example.com/", ["ticket.opened"]), staff_id=1, now=NOW
        )
    page = await list_subscriptions(limit=15, after=None)
    rest = await list_subscriptions(limit=15, after=page.next)
    assert len(page.items) + len(rest.items) == MAX_SUBSCRIPTIONS
