"""Messages in trouble, page by page."""

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
    await fetch("UPDATE outbox SET state = $2 WHERE id = $1", id_, state)
    for name, value in columns.items():
        await fetch(f"UPDATE outbox SET {name} = $2 WHERE id = $1", id_, value)
    return id_


async def test_by_what_can_be_done_then_newest_first_page_by_page(desk: str) -> None:
    went = [
        await message("undelivered", provider_id="SM1"),
        await message("failed", provider_id="SM2"),
    ]
    unknown = [await message("unknown") for _ in range(2)]
    failed = [await message("failed") for _ in range(2)]
    for state in ("queued", "sending", "sent", "delivered", "suppressed"):
        await message(state)
    await message("failed", channel="webhook")
    found, after = list[int](), None
    while True:
        page = await list_failed_messages(limit=2, after=after)
        found += [one.id for one in page.items]
        assert all(one.again == (one.id not in went) for one in page.items)
        if (after := page.next) is None:
            break
    assert found == [*reversed(unknown), *reversed(failed), *reversed(went)]


async def test_answers_to_stop_that_were_kept_back_are_no_trouble(desk: str) -> None:
    blocked = {"provider_id": "SM1", "error": describe_error(21610)}
    await message("undelivered", purpose="answer", **blocked)
    reply = await message("undelivered", **blocked | {"provider_id": "SM2"})
    answer = await message("undelivered", purpose="answer", provider_id="SM3")
    page = await list_failed_messages(limit=5)
    assert [one.id for one in page.items] == [answer, reply]


async def test_what_failed_lately_and_certainly_did_not_go_out(desk: str) -> None:
    failed = [await message("failed") for _ in range(3)]
    await message("failed", created_at=NOW - RECENT)
    await message("failed", provider_id="SM1")
    await message("unknown")
    await message("failed", channel="webhook")
    assert await count_recently_failed(NOW) == 3
    assert await recently_failed(NOW, limit=2) == failed[:2]
