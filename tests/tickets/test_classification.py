"""Classification, and how a change of it affects the policy and the due times."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from service_desk.errors import InvalidInput
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.sla_settings.editing import save_policy
from service_desk.sla_settings.rollout import roll_out_terms
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import SupplierInput
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.conversation import receive_message
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)
STANDARD = SHIPPED_POLICIES[-1]
QUICKER = replace(STANDARD, targets=dict(STANDARD.targets) | {"resolution": 24 * 3600})
HIGH = Policy(name="high", targets={"resolution": 10 * 3600}, match=Match(severities=("high",)))


async def resolution_due(number: str) -> timedelta:
    clocks = {clock.name: clock for clock in (await get_ticket(number, NOW)).clocks}
    return clocks["resolution"].due_at - NOW


async def change(
    number: str, staff_id: int, hours: float, classification: Classification
) -> timedelta:
    await classify(number, classification, staff_id=staff_id, now=NOW + hours * HOUR)
    return await resolution_due(number)


async def test_new_terms_for_new_tickets_only_leave_old_tickets_unchanged(desk: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    await save_policy(QUICKER, apply_to_open=False, staff_id=boss, now=NOW)
    for classification in (
        Classification(cause="our_service", category="delivery"),
        Classification(severity="low", kind="repair", supplier="Acme"),  # still under standard
    ):
        assert await change(number, boss, 1, classification) == 48 * HOUR
    assert await resolution_due((await make_ticket()).number) == 24 * HOUR


async def test_returning_to_a_policy_restores_its_due_time(desk: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    await save_policy(HIGH, apply_to_open=False, staff_id=boss, now=NOW)
    assert await change(number, boss, 1, Classification(severity="high")) == 10 * HOUR
    await save_policy(QUICKER, apply_to_open=False, staff_id=boss, now=NOW + HOUR)
    assert await change(number, boss, 2, Classification(severity="normal")) == 48 * HOUR


async def test_returning_to_a_policy_applies_its_rollout_to_open_tickets(desk: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    await save_policy(HIGH, apply_to_open=False, staff_id=boss, now=NOW)
    assert await change(number, boss, 1, Classification(severity="high")) == 10 * HOUR
    await save_policy(QUICKER, apply_to_open=True, staff_id=boss, now=NOW + 2 * HOUR)
    await roll_out_terms(NOW + 2 * HOUR)
    assert await change(number, boss, 3, Classification(severity="normal")) == 24 * HOUR


async def test_a_policy_that_matches_the_new_kind_or_supplier_is_chosen(desk: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    await create_supplier(SupplierInput("Acme"), NOW)
    returns = Policy(
        name="returns", targets={"resolution": 3600}, match=Match(kinds=("exchange_return",))
    )
    acme = Policy(name="acme", targets={"resolution": 7200}, match=Match(suppliers=("Acme",)))
    for policy in (returns, acme):
        await save_policy(policy, apply_to_open=False, staff_id=boss, now=NOW)
    assert await change(number, boss, 1, Classification(supplier="Acme")) == 2 * HOUR
    assert await change(number, boss, 1, Classification(kind="exchange_return")) == 2 * HOUR
    assert await change(number, boss, 1, Classification(supplier=None)) == HOUR


async def test_safety_words_change_the_policy(desk: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    await save_policy(QUICKER, apply_to_open=False, staff_id=boss, now=NOW)
    await receive_message(number, "There is smoke", channel="sms", now=NOW + HOUR)
    applied = [e for e in (await get_ticket(number, NOW)).events if e.type == "sla.policy_applied"]
    assert [event.data["policy"] for event in applied] == ["standard", "safety"]


async def test_supplier_names_ignore_case_and_spaces(desk: str) -> None:
    agent, number = await make_staff(), (await make_ticket()).number
    await create_supplier(SupplierInput("Northern Pumps"), NOW)
    for typed, kept in ((" northern   PUMPS ", "Northern Pumps"), ("Acme", "Acme")):
        await classify(number, Classification(supplier=typed), staff_id=agent, now=NOW)
        assert (await get_ticket(number, NOW)).supplier == kept
    for empty in ("", "  "):
        with pytest.raises(InvalidInput) as error:
            await classify(number, Classification(supplier=empty), staff_id=agent, now=NOW)
        assert error.value.field == "supplier"
