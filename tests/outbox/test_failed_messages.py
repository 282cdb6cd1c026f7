"""Failed messages and unknown outcomes, page by page."""

from service_desk.database import fetch
from service_desk.i18n.twilio_codes import describe_error
from service_desk.outbox.failed_messages import (
    RECENT,
    count_recently_failed,
    list_failed_messages,
    recently_failed,
)
from tests.factories import NOW
from tests.outbox.test_queue import queue


async def message(state: str, **columns: object) -> int:
    id_ = await queue()
    values = {"state": state, **columns}
    assigned = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await fetch(f"UPDATE outbox SET {assigned} WHERE id = $1", id_, *values.values())
    return id_


async def test_listed_by_urgency_then_newest_first(desk: str) -> None:
    undelivered = [
        await message("undelivered", provider_id="SM1"),
        await message("failed", provider_id="SM2"),
    ]
    unknown = [await message("unknown") for _ in range(2)]
    failed = [await message("failed") for _ in range(2)]
    for state in ("queued", "sending", "sent", "delivered", "suppressed"):
        await message(state)
    await message("failed", channel="webhook", purpose="ticket.opened")
    found, after = list[int](), None
    while True:
        page = await list_failed_messages(limit=2, after=after)
        found += [one.id for one in page.items]
        assert all(one.can_resend == (one.id not in undelivered) for one in page.items)
        if (after := page.next) is None:
            break
    assert found == [*reversed(unknown), *reversed(failed), *reversed(undelivered)]


async def test_replies_to_stop_held_back_by_the_carrier_are_not_listed(desk: str) -> None:
    blocked = {"provider_id": "SM1", "error": describe_error(21610)}
    await message("undelivered", purpose="auto_reply", **blocked)
    reply = await message("undelivered", **blocked | {"provider_id": "SM2"})
    auto_reply = await message("undelivered", purpose="auto_reply", provider_id="SM3")
    page = await list_failed_messages(limit=5)
    assert [one.id for one in page.items] == [auto_reply, reply]


async def test_recent_failures_that_certainly_did_not_go_out(desk: str) -> None:
    failed = [await message("failed") for _ in range(3)]
    await message("failed", created_at=NOW - RECENT)
    await message("failed", provider_id="SM1")
    await message("unknown")
    await message("failed", channel="webhook", purpose="ticket.opened")
    assert await count_recently_failed(NOW) == 3
    assert await recently_failed(NOW, limit=2) == failed[:2]
