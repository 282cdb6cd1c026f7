"""The deposit ledger: append-only entries whose sum is the balance (DESIGN §2.6)."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_as, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import exists, get, is_in, list_rows
from service_desk.rules.suppliers.ledger import (
    DepositBalance,
    EntryKind,
    NewEntry,
    RecordedEntry,
    post,
    reverse_entries,
)
from service_desk.settings import get_settings
from service_desk.suppliers.facts import LadderSupplier
from service_desk.suppliers.operations import supplier_not_found
from service_desk.suppliers.schemas import MAX_LEDGER_REASON, DepositInput
from service_desk.tables import DepositEntry, Supplier

DERIVED_KINDS: tuple[EntryKind, ...] = ("debt", "reversal")

BALANCE = """
SELECT coalesce(sum(amount), 0)::bigint AS balance,
    coalesce(sum(amount) FILTER (WHERE kind = 'debt'), 0)::bigint AS owed
FROM deposit_entry WHERE supplier = $1
"""
UNDONE = "SELECT reverses FROM deposit_entry WHERE reverses = ANY($1)"
APPEND = """
INSERT INTO deposit_entry (supplier, kind, amount, currency, reason, action, reverses, recorded_by,
    at)
SELECT $1, kind, amount, $2, $3, $4, reverses, $5, $6
FROM unnest($7::text[], $8::bigint[], $9::bigint[]) AS e (kind, amount, reverses)
"""


class EntryOrigin(Struct, frozen=True):
    """Why entries are written, by whom (staff id) and when; `action`: the rung behind them."""

    reason: str
    staff: int
    at: datetime
    action: int | None = None


class StoredEntry(Struct, frozen=True):
    id: int
    kind: EntryKind
    amount: int
    action: int | None


async def record_deposit(supplier: int, new: DepositInput, *, staff_id: int, now: datetime) -> None:
    """Money that the supplier paid in; what it owes is paid first. Raises InvalidInput."""
    reason = _check_reason(new.reason)
    async with transaction():
        await lock_supplier(supplier)
        await add_entries(supplier, "deposit", new.amount, EntryOrigin(reason, staff_id, now))


async def undo_entry(
    supplier: int, entry: int, reason: str, *, staff_id: int, now: datetime
) -> None:
    """Write the reversal of one entry, such as a mistyped deposit (DESIGN §2.6).

    Raises NotFound, and Conflict for an entry that is already undone or cannot be undone by itself.
    """
    reason = _check_reason(reason)
    async with transaction():
        await lock_supplier(supplier)
        stored = await get(StoredEntry, DepositEntry, id=entry, supplier=supplier)
        if stored is None:
            raise NotFound("This supplier's ledger has no entry {entry}.", entry=entry)
        await _check_can_be_undone(stored)
        reversals = reverse_entries(
            await deposit_balance(supplier), [RecordedEntry(entry, stored.kind, stored.amount)]
        )
        await _append(supplier, reversals, EntryOrigin(reason, staff_id, now))


async def lock_supplier(supplier: int) -> None:
    """The ledger of a supplier is written under the lock of its row. Raises NotFound."""
    if await get(LadderSupplier, Supplier, lock=True, id=supplier) is None:
        raise supplier_not_found(supplier)


async def add_entries(supplier: int, kind: EntryKind, amount: int, origin: EntryOrigin) -> None:
    """Under the supplier's lock. What the deposit cannot pay becomes a debt entry beside it."""
    await _append(supplier, post(await deposit_balance(supplier), kind, amount), origin)


async def forfeit_deposit(supplier: int, origin: EntryOrigin) -> None:
    """The whole of it, under the supplier's lock."""
    balance = (await deposit_balance(supplier)).balance
    if balance:
        await add_entries(supplier, "forfeiture", -balance, origin)


async def undo_entries(supplier: int, actions: Sequence[int], origin: EntryOrigin) -> bool:
    """Reversals of all that `actions` wrote and that is not undone, under the supplier's lock.
    Whether there was anything."""
    entries = await list_rows(
        RecordedEntry,
        DepositEntry,
        DepositEntry.kind != "reversal",
        is_in(DepositEntry.action, actions),
        order_by=DepositEntry.id,
    )
    undone = {row["reverses"] for row in await fetch(UNDONE, [entry.id for entry in entries])}
    standing = [entry for entry in entries if entry.id not in undone]
    await _append(supplier, reverse_entries(await deposit_balance(supplier), standing), origin)
    return bool(standing)


async def deposit_balance(supplier: int) -> DepositBalance:
    (balance,) = await fetch_as(DepositBalance, BALANCE, supplier)
    return balance


async def _check_can_be_undone(entry: StoredEntry) -> None:
    if await exists(DepositEntry, reverses=entry.id):
        raise Conflict("This entry has already been undone.")
    if entry.action is not None:
        raise Conflict("This entry belongs to a rung of the ladder: overturn that instead.")
    if entry.kind in DERIVED_KINDS:
        raise Conflict("Debts and reversals follow from other entries and cannot be undone.")


def _check_reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= MAX_LEDGER_REASON:
        raise InvalidInput(
            "Give a reason, in 1 to {max} characters.", field="reason", max=MAX_LEDGER_REASON
        )
    return reason


async def _append(supplier: int, entries: Sequence[NewEntry], origin: EntryOrigin) -> None:
    await fetch(
        APPEND,
        supplier,
        get_settings().currency,
        origin.reason,
        origin.action,
        origin.staff,
        origin.at,
        [entry.kind for entry in entries],
        [entry.amount for entry in entries],
        [entry.reverses for entry in entries],
    )
