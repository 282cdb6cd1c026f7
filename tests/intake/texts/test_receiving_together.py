"""Texts of many senders at once: those that open tickets share a transaction, others do not."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from service_desk.batching import MAX_BATCH
from service_desk.database import fetch, fetch_value
from service_desk.intake.texts.incoming import IncomingText
from service_desk.intake.texts.receiving import receive_text, receive_texts
from service_desk.intake.twilio.twiml import EMPTY_RESPONSE
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.factories import NOW, PHONE, make_ticket
from tests.statements import record_statements


def text(serial: int, body: str = "The fridge is warm", **fields: Any) -> IncomingText:
    phone = f"+86139{serial:08}"
    return replace(IncomingText(f"SM{serial}", phone, phone, body, (), NOW), **fields)


async def test_a_batch_takes_as_many_statements_as_one_text(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = record_statements(monkeypatch)
    await receive_texts([text(0)])  # fills the caches
    statements.clear()
    await receive_texts([text(1)])
    alone = len(statements)
    statements.clear()
    replies = await receive_texts([text(serial) for serial in range(2, 2 + MAX_BATCH)])
    assert len(statements) == alone
    assert len(set(replies)) == MAX_BATCH
    assert await fetch_value("SELECT count(*) FROM ticket") == 2 + MAX_BATCH
    assert await fetch_value("SELECT count(DISTINCT customer) FROM ticket") == 2 + MAX_BATCH


async def test_a_ticket_is_the_same_whether_opened_alone_or_in_a_batch(desk: str) -> None:
    bodies = ["Smoke from the oven!", "冰箱不制冷", "The fridge is warm", " ", "屏幕碎了 https://x"]
    await receive_texts([text(place, body) for place, body in enumerate(bodies)])
    for place, body in enumerate(bodies):
        await receive_texts([text(100 + place, body)])
    numbers = [row["number"] for row in await fetch("SELECT number FROM ticket ORDER BY id")]
    tickets = [await get_ticket(number, now=NOW) for number in numbers]
    for together, alone in zip(tickets[:5], tickets[5:], strict=True):
        assert together.subject == alone.subject
        assert together.severity == alone.severity
        assert together.category == alone.category
        assert together.rank == alone.rank
        assert [(c.name, c.due_at) for c in together.clocks] == [
            (c.name, c.due_at) for c in alone.clocks
        ]
        assert [(e.type, e.at, e.actor) for e in together.events] == [
            (e.type, e.at, e.actor) for e in alone.events
        ]
        assert [(m.direction, m.automatic) for m in together.messages] == [
            (m.direction, m.automatic) for m in alone.messages
        ]


async def test_repeated_deliveries_get_the_same_reply_and_open_nothing(desk: str) -> None:
    first = await receive_texts([text(1), text(2)])
    again = await receive_texts([text(2), text(3), text(1)])
    assert [again[2], again[0]] == first
    assert await fetch_value("SELECT count(*) FROM ticket") == 3


async def test_texts_that_open_no_ticket_are_received_alone(desk: str) -> None:
    await make_ticket(phone=PHONE)
    known = text(1, "and it smells", address=PHONE, phone=PHONE)
    stop, status = text(2, "STOP"), text(3, "STATUS")
    whatsapp = text(4, channel="whatsapp")
    replies = await receive_texts([known, stop, status, whatsapp, text(5)])
    assert replies[:4] == [None] * 4
    assert replies[4] is not None
    assert await fetch_value("SELECT count(*) FROM inbound_receipt") == 1
    for alone in (known, stop, status, whatsapp):
        assert (await receive_texts([alone]))[0] is not None
    assert await fetch_value("SELECT count(*) FROM ticket") == 3


async def test_every_text_gets_one_reply_and_none_counts_twice(desk: str) -> None:
    await make_ticket(phone=PHONE)
    texts = [text(serial) for serial in range(60)]
    texts += [text(100 + serial, "more", address=PHONE, phone=PHONE) for serial in range(10)]
    texts += [text(200, "退订"), text(201, "", opt_out_type="STOP"), text(202, "进度")]
    async with asyncio.timeout(30):
        replies = await asyncio.gather(*(receive_text(text) for text in [*texts, *texts]))
    assert replies[: len(texts)] == replies[len(texts) :]
    assert replies[71] == EMPTY_RESPONSE
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1 + 70
    assert await fetch_value("SELECT count(*) FROM ticket") == 61


async def test_a_text_that_cannot_be_stored_does_not_fail_the_others(desk: str) -> None:
    broken = text(7, "a\ud800b")  # half a character: no encoding can hold it
    texts = [text(serial) for serial in range(6)]
    async with asyncio.timeout(30):
        *replies, failed = await asyncio.gather(
            *(receive_text(text) for text in [*texts, broken]), return_exceptions=True
        )
    assert all(isinstance(reply, str) for reply in replies)
    assert isinstance(failed, Exception)
    assert await fetch_value("SELECT count(*) FROM ticket") == 6
