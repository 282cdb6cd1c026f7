"""Texts of many people at once: first words in one transaction, all else by itself."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from service_desk.database import fetch, fetch_value
from service_desk.intake.texts.incoming import IncomingText
from service_desk.intake.texts.receiving import receive_text, receive_texts
from service_desk.intake.twilio.twiml import EMPTY_RESPONSE
from service_desk.ticket_views.queries import get_ticket
from tests.factories import NOW, PHONE, make_ticket


def text(serial: int, body: str = "The fridge is warm", **fields: Any) -> IncomingText:
    phone = f"+86139{serial:08}"
    return IncomingText(
        **{"sid": f"SM{serial}", "sender": phone, "phone": phone, "body": body}
        | {"attachments": (), "at": NOW}
        | fields
    )


@dataclass
class Spy:
    """Counts what is asked of PostgreSQL."""

    asked: list[str] = field(default_factory=list)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    spy, execute = Spy(), asyncpg.Connection._execute

    async def counted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        spy.asked.append(query)
        return await execute(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Connection, "_execute", counted)
    return spy


async def test_many_take_as_many_statements_as_one(desk: str, spy: Spy) -> None:
    await receive_texts([text(0)])  # and what is remembered from now on
    spy.asked.clear()
    await receive_texts([text(1)])
    alone = len(spy.asked)
    spy.asked.clear()
    answers = await receive_texts([text(serial) for serial in range(2, 40)])
    assert len(spy.asked) == alone
    assert len(set(answers)) == 38
    assert await fetch_value("SELECT count(*) FROM ticket") == 40
    assert await fetch_value("SELECT count(DISTINCT customer) FROM ticket") == 40


async def test_a_ticket_is_the_same_whether_opened_alone_or_together(desk: str) -> None:
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


async def test_repetitions_get_their_answer_and_open_nothing(desk: str) -> None:
    first = await receive_texts([text(1), text(2)])
    again = await receive_texts([text(2), text(3), text(1)])
    assert [again[2], again[0]] == first
    assert await fetch_value("SELECT count(*) FROM ticket") == 3


async def test_what_is_about_something_known_waits_to_be_alone(desk: str) -> None:
    await make_ticket(phone=PHONE)
    known = text(1, "and it smells", sender=PHONE, phone=PHONE)
    stop, status = text(2, "STOP"), text(3, "STATUS")
    whatsapp = text(4, channel="whatsapp")
    answers = await receive_texts([known, stop, status, whatsapp, text(5)])
    assert answers[:4] == [None] * 4
    assert answers[4] is not None
    assert await fetch_value("SELECT count(*) FROM inbound_receipt") == 1
    for alone in (known, stop, status, whatsapp):
        assert (await receive_texts([alone]))[0] is not None
    assert await fetch_value("SELECT count(*) FROM ticket") == 3


async def test_all_are_answered_and_none_twice(desk: str) -> None:
    await make_ticket(phone=PHONE)
    texts = [text(serial) for serial in range(60)]
    texts += [text(100 + serial, "more", sender=PHONE, phone=PHONE) for serial in range(10)]
    texts += [text(200, "退订"), text(201, "", answered_elsewhere="STOP"), text(202, "进度")]
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(receive_text(text) for text in [*texts, *texts]))
    assert answers[: len(texts)] == answers[len(texts) :]
    assert answers[71] == EMPTY_RESPONSE
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1 + 70
    assert await fetch_value("SELECT count(*) FROM ticket") == 61


async def test_one_that_cannot_be_taken_costs_the_others_nothing(desk: str) -> None:
    broken = text(7, "a\ud800b")  # half a character: no encoding can hold it
    texts = [text(serial) for serial in range(6)]
    async with asyncio.timeout(30):
        *answers, failed = await asyncio.gather(
            *(receive_text(text) for text in [*texts, broken]), return_exceptions=True
        )
    assert all(isinstance(answer, str) for answer in answers)
    assert isinstance(failed, Exception)
    assert await fetch_value("SELECT count(*) FROM ticket") == 6
