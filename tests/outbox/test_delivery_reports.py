from datetime import timedelta
from itertools import permutations

import pytest

from service_desk.contacts.opt_outs import mark_opted_in
from service_desk.database import fetch, fetch_value
from service_desk.outbox.delivery_reports import record_delivery_report
from tests.factories import NOW, make_ticket
from tests.outbox.test_queue import queue


async def sent(sid: str | None = "SM1", state: str = "sent") -> int:
    id_ = await queue()
    await fetch("UPDATE outbox SET state = $2, provider_id = $3 WHERE id = $1", id_, state, sid)
    return id_


async def report(sid: str, status: str, outbox: int | None = None, code: int | None = None) -> bool:
    return await record_delivery_report(sid, status, outbox=outbox, error_code=code, now=NOW)


async def state_of(id_: int) -> str:
    return await fetch_value("SELECT state FROM outbox WHERE id = $1", id_)


@pytest.mark.parametrize("order", [*permutations(["queued", "sent", "delivered"])])
async def test_callbacks_in_any_order(desk: str, order: tuple[str, ...]) -> None:
    id_ = await sent(None, "sending")
    for status in order:
        await report("SM1", status, id_)
    assert await state_of(id_) == "delivered"


async def test_an_undelivered_message_has_its_reason(desk: str) -> None:
    id_ = await sent()
    assert await report("SM1", "undelivered", code=30003)
    assert await fetch_value("SELECT error FROM outbox WHERE id = $1", id_) == (
        "Twilio error 30003: the phone is off or out of reach"
    )
    assert not await report("SM1", "sent")
    assert await state_of(id_) == "undelivered"
    assert await report("SM1", "delivered")  # it arrived after all


async def test_a_callback_replaces_an_unknown_outcome(desk: str) -> None:
    id_ = await sent(None, "unknown")
    assert await report("SM9", "sent", id_)
    assert await fetch_value("SELECT provider_id FROM outbox WHERE id = $1", id_) == "SM9"
    assert await state_of(id_) == "sent"


async def test_a_callback_with_another_sid_changes_nothing(desk: str) -> None:
    id_ = await sent("SM1")
    assert not await report("SM2", "delivered", id_)
    assert await state_of(id_) == "sent"


async def test_a_suppressed_message_that_had_gone_out_is_delivered(desk: str) -> None:
    """An attempt with an unknown outcome, resent by an agent, with STOP in between."""
    id_ = await sent(None, "suppressed")
    assert await report("SM1", "delivered", id_)
    assert await state_of(id_) == "delivered"


async def test_a_report_without_news_still_brings_the_sid(desk: str) -> None:
    id_ = await sent(None, "sent")
    assert not await report("SM1", "sending", id_)
    assert await fetch_value("SELECT provider_id FROM outbox WHERE id = $1", id_) == "SM1"
    assert not await report("SM2", "delivered", id_)  # of another message
    assert await report("SM1", "delivered")
    assert await state_of(id_) == "delivered"


async def test_a_repeated_or_unlisted_status_says_nothing_new(desk: str) -> None:
    await sent()
    assert await report("SM1", "delivered")
    assert not await report("SM1", "delivered")
    assert not await report("SM1", "dancing")


async def test_a_report_may_carry_an_opt_out(desk: str) -> None:
    ticket = await make_ticket()
    assert await mark_opted_in("+8613800138000", now=NOW - timedelta(hours=1))
    await sent()
    assert await report("SM1", "failed", code=21610)
    assert await fetch_value(
        "SELECT opted_out_at FROM customer WHERE id = $1", ticket.customer
    ) == NOW  # fmt: skip


async def test_a_late_report_does_not_undo_an_opt_in(desk: str) -> None:
    """STOP, START, and only then the report on our reply to STOP."""
    await make_ticket()
    await sent()
    assert await mark_opted_in("+8613800138000", now=NOW + timedelta(seconds=20))
    assert await report("SM1", "undelivered", code=21610)
    assert await fetch_value("SELECT opted_out_at FROM customer") is None
    await fetch("UPDATE outbox SET sent_at = $1", NOW + timedelta(seconds=21))
    await fetch("UPDATE outbox SET state = 'sent'")
    assert await report("SM1", "undelivered", code=21610)
    assert await fetch_value("SELECT opted_out_at FROM customer") == NOW
