import asyncio
from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import Conflict, NotFound
from service_desk.rules.suppliers.ledger import DepositBalance
from service_desk.suppliers.decisions import approve, overturn, reject
from service_desk.suppliers.deposits import deposit_balance, record_deposit, undo_entry
from service_desk.suppliers.schemas import DepositInput
from service_desk.suppliers.sweep import sweep_ladders
from service_desk.tickets.classification import Classification, classify
from tests.factories import NOW, make_staff
from tests.suppliers.offending import action_of, make_offender, offend

NEXT_MONTH = NOW + timedelta(days=31)


@pytest.fixture
async def staff(desk: str) -> int:
    return await make_staff("supervisor")


@pytest.fixture
async def supplier(staff: int) -> int:
    supplier = await make_offender()
    await record_deposit(supplier, DepositInput(500_00, "opening"), staff_id=staff, now=NOW)
    return supplier


async def notices() -> list[str]:
    rows = await fetch("SELECT subject FROM outbox WHERE purpose = 'supplier_notice' ORDER BY id")
    return [row["subject"] for row in rows]


async def last_notice() -> str:
    return await fetch_value(
        "SELECT body FROM outbox WHERE purpose = 'supplier_notice' ORDER BY id DESC LIMIT 1"
    )


async def test_approval_notifies_the_supplier_and_names_who_decided(
    supplier: int, staff: int
) -> None:
    await offend(3, staff)
    await sweep_ladders(NOW)
    await approve(await action_of("verbal_warning"), note="Third time", staff_id=staff, now=NOW)
    row = await fetch_one("SELECT * FROM supplier_action")
    assert row is not None
    assert (row["state"], row["decided_by"], row["decided_at"], row["decision_note"]) == (
        *("approved", staff, NOW),
        "Third time",
    )
    (sent,) = await fetch("SELECT * FROM outbox WHERE purpose = 'supplier_notice'")
    assert (sent["channel"], sent["recipient"]) == ("email", "boss@pumps.test")
    assert sent["subject"] == "Warning: complaints in October 2026"
    assert all(number in sent["body"] for number in row["evidence"])
    assert await deposit_balance(supplier) == DepositBalance(500_00, 0)


async def test_concurrent_approvals_take_effect_once(supplier: int, staff: int) -> None:
    await offend(3, staff)
    await sweep_ladders(NOW)
    action = await action_of("verbal_warning")
    results = await asyncio.gather(
        *(approve(action, note="", staff_id=staff, now=NOW) for _ in range(4)),
        return_exceptions=True,
    )
    assert [result for result in results if result is None] == [None]
    assert all(isinstance(result, Conflict) for result in results if result is not None)
    assert len(await notices()) == 1


async def test_removal_forfeits_the_whole_deposit_and_can_be_overturned(
    supplier: int, staff: int
) -> None:
    await offend(4, staff)
    await sweep_ladders(NOW)
    await approve(await action_of("ultimatum"), note="", staff_id=staff, now=NOW)
    await offend(3, staff, at=NEXT_MONTH)
    await sweep_ladders(NEXT_MONTH)
    removal = await action_of("removal")
    await approve(removal, note="", staff_id=staff, now=NEXT_MONTH)
    with pytest.raises(Conflict, match="overturn that"):
        await undo_entry(supplier, 2, "not by itself", staff_id=staff, now=NEXT_MONTH)
    assert await deposit_balance(supplier) == DepositBalance(0, 0)
    row = await fetch_one("SELECT removed_at FROM supplier WHERE id = $1", supplier)
    assert row is not None
    assert row["removed_at"] == NEXT_MONTH

    await overturn(removal, note="The parts were ours", staff_id=staff, now=NEXT_MONTH)
    assert await deposit_balance(supplier) == DepositBalance(500_00, 0)
    entries = await fetch("SELECT kind, amount, reverses FROM deposit_entry ORDER BY id")
    assert [(entry["kind"], entry["amount"]) for entry in entries] == [
        ("deposit", 500_00),
        ("forfeiture", -500_00),
        ("reversal", 500_00),
    ]
    assert entries[2]["reverses"] == 2
    row = await fetch_one("SELECT removed_at FROM supplier WHERE id = $1", supplier)
    assert row is not None
    assert row["removed_at"] is None
    assert await notices() == [
        "Ultimatum: complaints in October 2026",
        "Removal as a supplier",
        "Overturned: Removal as a supplier",
    ]


@pytest.mark.parametrize("first", [0, 1])
async def test_a_removal_overturned_gives_nothing_back_while_another_stands(
    supplier: int, staff: int, first: int
) -> None:
    for category in ("product.leak", "product.noise"):
        await offend(4, staff, category=category)
    await sweep_ladders(NOW)
    for row in await fetch("SELECT id FROM supplier_action WHERE rung = 'ultimatum'"):
        await approve(row["id"], note="", staff_id=staff, now=NOW)
    for category in ("product.leak", "product.noise"):
        await offend(3, staff, at=NEXT_MONTH, category=category)
    await sweep_ladders(NEXT_MONTH)
    rows = await fetch("SELECT id FROM supplier_action WHERE rung = 'removal' ORDER BY id")
    removals = [row["id"] for row in rows]
    for removal in removals:
        await approve(removal, note="", staff_id=staff, now=NEXT_MONTH)

    await overturn(removals[first], note="Ours", staff_id=staff, now=NEXT_MONTH)
    removed = "SELECT removed_at FROM supplier WHERE id = $1"
    assert await deposit_balance(supplier) == DepositBalance(0, 0)
    assert await fetch_value(removed, supplier) is not None
    assert (await last_notice()).endswith("you remain removed, and your deposit stays forfeited.")
    await overturn(removals[1 - first], note="Ours too", staff_id=staff, now=NEXT_MONTH)
    assert await deposit_balance(supplier) == DepositBalance(500_00, 0)
    assert await fetch_value(removed, supplier) is None
    assert (await last_notice()).endswith("charges are reversed. You are our supplier again.")


async def test_what_cost_nothing_has_no_charges_to_reverse(supplier: int, staff: int) -> None:
    await offend(3, staff)
    await sweep_ladders(NOW)
    warning = await action_of("verbal_warning")
    await approve(warning, note="", staff_id=staff, now=NOW)
    await overturn(warning, note="Right", staff_id=staff, now=NOW)
    assert (await last_notice()).endswith("this decision: Warning: complaints in October 2026.")


async def test_the_deposit_short_of_the_complaint_fund_leaves_a_debt(
    supplier: int, staff: int
) -> None:
    for category in ("product.leak", "product.noise", "product.part"):
        for back in range(5):
            at = NOW - timedelta(days=30 * back)
            await offend(2, staff, category=category, at=at)
    await sweep_ladders(NOW)
    fund = await action_of("complaint_fund")
    await approve(fund, note="", staff_id=staff, now=NOW)
    assert await deposit_balance(supplier) == DepositBalance(0, 500_00)
    await overturn(fund, note="", staff_id=staff, now=NOW)
    assert await deposit_balance(supplier) == DepositBalance(500_00, 0)
    total = await fetch_one("SELECT sum(amount)::bigint AS total FROM deposit_entry")
    assert total is not None
    assert total["total"] == 500_00


async def test_a_decided_action_cannot_be_decided_again(supplier: int, staff: int) -> None:
    await offend(3, staff)
    await sweep_ladders(NOW)
    action = await action_of("verbal_warning")
    with pytest.raises(Conflict, match="is proposed"):
        await overturn(action, note="", staff_id=staff, now=NOW)
    await reject(action, note="Not theirs", staff_id=staff, now=NOW)
    for decide in (approve, reject, overturn):
        with pytest.raises(Conflict, match="is rejected"):
            await decide(action, note="", staff_id=staff, now=NOW)
    assert await notices() == []
    with pytest.raises(NotFound, match="99"):
        await approve(99, note="", staff_id=staff, now=NOW)


async def test_a_proposal_that_lost_its_evidence_is_refused(supplier: int, staff: int) -> None:
    (number, *_) = await offend(3, staff)
    await sweep_ladders(NOW)
    misuse = Classification(cause="customer_misuse")
    await classify(number, misuse, staff_id=staff, now=NOW)
    with pytest.raises(Conflict, match="no longer support it"):
        await approve(await action_of("verbal_warning"), note="", staff_id=staff, now=NOW)
    assert await notices() == []


async def test_an_approval_records_the_current_evidence(supplier: int, staff: int) -> None:
    await offend(3, staff)
    await sweep_ladders(NOW)
    await offend(1, staff)
    await approve(await action_of("verbal_warning"), note="", staff_id=staff, now=NOW)
    row = await fetch_one("SELECT offences, evidence FROM supplier_action")
    assert row is not None
    assert row["offences"] == len(row["evidence"]) == 4
