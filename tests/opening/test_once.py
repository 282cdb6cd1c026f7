"""Tickets opened at the same time share a transaction, and each is opened once."""

import asyncio
from collections.abc import Sequence

import pytest

from service_desk.batching import MAX_BATCH, MAX_CONCURRENT
from service_desk.contacts.finding import NewCustomer
from service_desk.database import fetch, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput
from service_desk.idempotency.receipts import Receipt
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.once import open_from_form, open_ticket_once
from service_desk.opening.rows import NewlyOpened
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.factories import NOW
from tests.statements import record_statements

COUNT = "SELECT count(*) FROM ticket"


def new(serial: int, body: str = "The fridge is warm", **fields: object) -> NewTicket:
    given = {
        "kind": "complaint", "body": body, "channel": "api", "acknowledge": True,
        "customer": NewCustomer(phone=f"+86139{serial:08}"), "received_at": NOW,
    } | fields  # fmt: skip
    return NewTicket(**given)  # pyright: ignore[reportArgumentType] - fields of NewTicket


async def open_all(tickets: Sequence[NewTicket]) -> list[NewlyOpened | BaseException]:
    return await asyncio.gather(
        *(open_ticket_once(ticket, now=NOW) for ticket in tickets), return_exceptions=True
    )


async def test_thirty_take_few_more_statements_than_one(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_ticket_once(new(0), now=NOW)  # fills the caches
    statements = record_statements(monkeypatch)
    await open_ticket_once(new(1), now=NOW)
    alone = len(statements)
    statements.clear()
    await open_all([new(serial) for serial in range(2, 2 + MAX_BATCH)])
    batches = MAX_CONCURRENT + 1  # the first come alone, what comes meanwhile is one
    assert len(statements) <= batches * alone
    assert await fetch_value(COUNT) == 2 + MAX_BATCH
    assert await fetch_value("SELECT count(DISTINCT customer) FROM ticket") == 2 + MAX_BATCH
    assert await fetch_value("SELECT count(*) FROM outbox WHERE state = 'queued'") == 2 + MAX_BATCH


async def test_a_ticket_is_the_same_whether_opened_alone_or_with_others(desk: str) -> None:
    bodies = ["Smoke from the oven!", "冰箱不制冷", "The fridge is warm", "屏幕碎了", "Broken"]
    customers = [NewCustomer(email=f"{place}@x.example") for place in range(5)]
    together = await open_all(
        [new(place, body) for place, body in enumerate(bodies)]
        + [new(0, "By mail", customer=customer) for customer in customers]
    )
    alone = [
        await open_ticket_once(new(100 + place, body), now=NOW) for place, body in enumerate(bodies)
    ]
    for one, other in zip(together, alone, strict=False):
        assert isinstance(one, NewlyOpened)
        first, second = (
            await get_ticket(one.opened.number, NOW),
            await get_ticket(other.opened.number, NOW),
        )
        assert first.subject == second.subject
        assert (first.severity, first.category) == (second.severity, second.category)
        assert first.rank == second.rank
        assert [(e.type, e.at, e.actor) for e in first.events] == [
            (e.type, e.at, e.actor) for e in second.events
        ]
        assert [
            (m.direction, m.automatic, m.channel, m.body.replace(first.number, ""))
            for m in first.messages
        ][:1] == [
            (m.direction, m.automatic, m.channel, m.body.replace(second.number, ""))
            for m in second.messages
        ][:1]
        assert [m.delivery for m in first.messages] == [m.delivery for m in second.messages]


async def test_one_customer_who_asks_many_times_is_one_customer(desk: str) -> None:
    opened = await open_all(
        [new(1, f"Broken {n}") for n in range(4)]
        + [new(1, customer=NewCustomer(phone="+8613900000001", email="a@x.example"))] * 2
    )
    assert not [one for one in opened if isinstance(one, BaseException)]
    assert await fetch_value("SELECT count(DISTINCT customer) FROM ticket") == 1
    assert await fetch_value(COUNT) == 6


async def test_a_refused_one_does_not_refuse_the_others(desk: str) -> None:
    opened = await open_all(
        [new(1), new(2, category="nonsense"), new(3, customer=NewCustomer(phone="12")), new(4)]
    )
    assert [isinstance(one, InvalidInput) for one in opened] == [False, True, True, False]
    assert await fetch_value(COUNT) == 2


async def test_an_external_id_is_one_ticket(desk: str) -> None:
    opened = await open_all([new(serial, external_id=f"X-{serial % 2}") for serial in range(6)])
    assert sum(isinstance(one, Conflict) for one in opened) == 4
    assert await fetch_value(COUNT) == 2
    async with transaction():
        with pytest.raises(Conflict, match="has the external_id"):
            await open_ticket_once(new(9, external_id="X-1"), now=NOW)


async def test_a_form_opens_one_ticket_and_gets_one_answer(desk: str) -> None:
    forms = [(new(serial), Receipt(f"web:{serial}", f"c{serial}")) for serial in (1, 2, 3)] * 3
    tokens = await asyncio.gather(
        *(open_from_form(*form, answer="token", now=NOW) for form in forms)
    )
    assert tokens[:3] == tokens[3:6] == tokens[6:]
    assert set(tokens) == {row["token"] for row in await fetch("SELECT token FROM ticket")}
    again = await open_from_form(*forms[0], answer="token", now=NOW)
    assert again == tokens[0]
