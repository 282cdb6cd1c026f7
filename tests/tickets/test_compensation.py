"""Compensation: proposed by agents, decided by supervisors, recovered from the deposit."""

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotAllowed
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.compensation import compensate, decide_compensation
from tests.factories import NOW, make_staff, make_ticket


async def test_an_agent_proposes_and_a_supervisor_decides_once(desk: str) -> None:
    agent, supervisor = await make_staff(), await make_staff("supervisor")
    number = (await make_ticket()).number
    id_ = await compensate(number, 5_000, "CNY", "Goodwill", staff_id=agent, now=NOW)
    assert [c.state for c in (await get_ticket(number, NOW)).compensations] == ["proposed"]
    with pytest.raises(NotAllowed, match="supervisor"):
        await decide_compensation(number, id_, approve=True, staff_id=agent, now=NOW)
    await decide_compensation(number, id_, approve=True, staff_id=supervisor, now=NOW)
    with pytest.raises(Conflict, match="already approved"):
        await decide_compensation(number, id_, approve=False, staff_id=supervisor, now=NOW)
    ticket = await get_ticket(number, NOW)
    assert [(c.state, c.recovered) for c in ticket.compensations] == [("approved", False)]
    assert ticket.events[-1].type == "compensation.approved"


async def test_compensation_for_supplier_quality_is_recovered_from_the_deposit(desk: str) -> None:
    supervisor = await make_staff("supervisor")
    number = (await make_ticket(supplier="Acme")).number
    await classify(number, Classification(cause="supplier_quality"), staff_id=supervisor, now=NOW)
    supplier = await fetch_value("SELECT id FROM supplier")
    await compensate(number, 30_000, "CNY", "Broken twice", staff_id=supervisor, now=NOW)
    rows = await fetch(
        "SELECT kind, amount FROM deposit_entry WHERE supplier = $1 ORDER BY id", supplier
    )
    assert ("recovery", -30_000) in [(row["kind"], row["amount"]) for row in rows]
    assert (
        sum(row["amount"] for row in rows) == 0
    )  # the deposit was empty: a debt entry balances it
    assert (await get_ticket(number, NOW)).compensations[0].recovered


@pytest.mark.parametrize(
    ("amount", "currency", "reason", "field"),
    [
        (0, "CNY", "x", "amount"),
        (1, "XXX", "x", "currency"),
        (1, "USD", "x", "currency"),
        (1, "CNY", " ", "reason"),
    ],
)
async def test_invalid_amounts_currencies_and_reasons(
    desk: str, amount: int, currency: str, reason: str, field: str
) -> None:
    agent, number = await make_staff(), (await make_ticket()).number
    with pytest.raises(InvalidInput) as error:
        await compensate(number, amount, currency, reason, staff_id=agent, now=NOW)
    assert error.value.field == field


async def test_a_compensation_in_another_currency_cannot_be_approved(desk: str) -> None:
    supervisor, ticket = await make_staff("supervisor"), await make_ticket(supplier="Acme")
    id_ = await fetch_value(
        "INSERT INTO compensation (ticket, amount, currency, reason, state, proposed_at) "
        "VALUES ($1, 70000, 'USD', 'old', 'proposed', $2) RETURNING id",
        ticket.id,
        NOW,
    )
    with pytest.raises(Conflict, match="not in CNY"):
        await decide_compensation(ticket.number, id_, approve=True, staff_id=supervisor, now=NOW)
    await decide_compensation(ticket.number, id_, approve=False, staff_id=supervisor, now=NOW)
    assert [c.state for c in (await get_ticket(ticket.number, NOW)).compensations] == ["rejected"]
