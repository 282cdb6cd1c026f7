import asyncio

import asyncpg
import pytest

from service_desk.database import fetch, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.suppliers.ledger import DepositBalance
from service_desk.suppliers.deposits import (
    EntryOrigin,
    add_entries,
    deposit_balance,
    lock_supplier,
    record_deposit,
    undo_entry,
)
from service_desk.suppliers.schemas import DepositInput
from tests.factories import NOW, make_staff
from tests.suppliers.offending import make_offender


async def charge(supplier: int, amount: int, staff: int) -> None:
    async with transaction():
        await lock_supplier(supplier)
        await add_entries(supplier, "fine", -amount, EntryOrigin("late", staff, NOW))


async def test_never_below_zero_without_a_debt_row(desk: str) -> None:
    staff = await make_staff("supervisor")
    supplier = await make_offender()
    assert await deposit_balance(supplier) == DepositBalance(0, 0)
    await record_deposit(supplier, DepositInput(30_00, "opening"), staff_id=staff, now=NOW)
    await charge(supplier, 100_00, staff)
    assert await deposit_balance(supplier) == DepositBalance(0, 70_00)
    await record_deposit(supplier, DepositInput(90_00, "top-up"), staff_id=staff, now=NOW)
    assert await deposit_balance(supplier) == DepositBalance(20_00, 0)
    rows = await fetch("SELECT kind, amount, reason FROM deposit_entry ORDER BY id")
    assert [(row["kind"], row["amount"], row["reason"]) for row in rows] == [
        ("deposit", 30_00, "opening"),
        ("fine", -100_00, "late"),
        ("debt", 70_00, "late"),
        ("deposit", 90_00, "top-up"),
        ("debt", -70_00, "top-up"),
    ]


async def test_concurrent_entries_keep_the_balance(desk: str) -> None:
    staff = await make_staff("supervisor")
    supplier = await make_offender()
    deposits = [
        record_deposit(supplier, DepositInput(10, "x"), staff_id=staff, now=NOW) for _ in range(8)
    ]
    await asyncio.gather(*deposits, *(charge(supplier, 25, staff) for _ in range(8)))
    assert await deposit_balance(supplier) == DepositBalance(0, 120)


async def test_entries_cannot_be_changed(desk: str) -> None:
    staff = await make_staff("supervisor")
    supplier = await make_offender()
    await record_deposit(supplier, DepositInput(30_00, "opening"), staff_id=staff, now=NOW)
    for statement in ("UPDATE deposit_entry SET amount = 1", "DELETE FROM deposit_entry"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await fetch(statement)


async def test_an_unknown_supplier_is_refused(desk: str) -> None:
    with pytest.raises(NotFound, match="no supplier 7"):
        await record_deposit(7, DepositInput(1, "x"), staff_id=1, now=NOW)


async def test_a_mistyped_deposit_is_undone_once(desk: str) -> None:
    staff = await make_staff("supervisor")
    supplier, other = await make_offender(), await make_offender(name="Other")
    await record_deposit(
        supplier, DepositInput(3_000_00, "a zero too many"), staff_id=staff, now=NOW
    )
    undoing = [undo_entry(supplier, 1, "It was 300", staff_id=staff, now=NOW) for _ in range(3)]
    results = await asyncio.gather(*undoing, return_exceptions=True)
    assert [result for result in results if result is None] == [None]
    assert all(isinstance(result, Conflict) for result in results if result is not None)
    assert await deposit_balance(supplier) == DepositBalance(0, 0)
    rows = await fetch("SELECT kind, amount, reason, reverses FROM deposit_entry ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("deposit", 3_000_00, "a zero too many", None),
        ("reversal", -3_000_00, "It was 300", 1),
    ]
    for entry in (2, 99):  # the reversal itself, and none at all
        with pytest.raises((Conflict, NotFound)):
            await undo_entry(supplier, entry, "again", staff_id=staff, now=NOW)
    with pytest.raises(NotFound):
        await undo_entry(other, 1, "not theirs", staff_id=staff, now=NOW)


async def test_undoing_a_spent_deposit_leaves_a_debt(desk: str) -> None:
    staff = await make_staff("supervisor")
    supplier = await make_offender()
    await record_deposit(supplier, DepositInput(100_00, "opening"), staff_id=staff, now=NOW)
    await charge(supplier, 70_00, staff)
    await undo_entry(supplier, 1, "never paid", staff_id=staff, now=NOW)
    assert await deposit_balance(supplier) == DepositBalance(0, 70_00)


async def test_a_blank_reason_is_refused(desk: str) -> None:
    staff = await make_staff("supervisor")
    supplier = await make_offender()
    with pytest.raises(InvalidInput, match="Give a reason"):
        await record_deposit(supplier, DepositInput(1, "  "), staff_id=staff, now=NOW)
    with pytest.raises(InvalidInput, match="Give a reason"):
        await undo_entry(supplier, 1, " ", staff_id=staff, now=NOW)
