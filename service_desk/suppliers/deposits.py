"""The deposit ledger: append-only rows whose sum is the balance (DESIGN §2.6)."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_as, fetch_one, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.suppliers.ledger import (
    DepositBalance,
    EntryKind,
    NewEntry,
    RecordedEntry,
    post,
    reverse_entries,
)
from service_desk.suppliers.facts import LADDER_POLICY
from service_desk.suppliers.operations import supplier_not_found
from service_desk.suppliers.schemas import MAX_REASON_LENGTH, DepositInput

DERIVED_KINDS: tuple[EntryKind, ...] = ("debt", "reversal")


class EntryOrigin(Struct, frozen=True):
    """Why rows are written, by whom (staff id) and when; `action`: the rung behind it, if one."""

    reason: str
    staff: int
    at: datetime
    action: int | None = None


async def record_deposit(supplier: int, new: DepositInput, *, staff_id: int, now: datetime) -> None:
    """Money that the supplier paid in; what it owes is settled first. Raises InvalidInput."""
    reason = _check_reason(new.reason)
    async with transaction():
        await lock_supplier(supplier)
        await add_entries(supplier, "deposit", new.amount, EntryOrigin(reason, staff_id, now))


async def undo_entry(
    supplier: int, entry: int, reason: str, *, staff_id: int, now: datetime
) -> None:
    """Write the counter-row of one entry, as of a deposit that was mistyped (DESIGN §2.6).

    Raises NotFound, and Conflict for an entry that is undone already, or that others follow from.
    """
    reason = _check_reason(reason)
    async with transaction():
        await lock_supplier(supplier)
        found = await fetch_one(
            "SELECT kind, amount, action, EXISTS (SELECT FROM deposit_entry c "
            "WHERE c.reverses = e.id) AS undone FROM deposit_entry e "
            "WHERE id = $1 AND supplier = $2",
            entry,
            supplier,
        )
        if found is None:
            raise NotFound("This supplier's ledger has no entry {entry}.", entry=entry)
        if found["undone"]:
            raise Conflict("This entry is undone already.")
        if found["action"] is not None:
            raise Conflict("This entry belongs to a rung of the ladder. Overturn that instead.")
        if found["kind"] in DERIVED_KINDS:
            raise Conflict("Debts and counter-entries follow from others and cannot be undone.")
        row = RecordedEntry(entry, found["kind"], found["amount"])
        rows = reverse_entries(await deposit_balance(supplier), [row])
        await _append(supplier, rows, EntryOrigin(reason, staff_id, now))


async def lock_supplier(supplier: int) -> None:
    """The ledger of a supplier is written under the lock of its row. Raises NotFound."""
    found = await fetch_one("SELECT id FROM supplier WHERE id = $1 FOR NO KEY UPDATE", supplier)
    if found is None:
        raise supplier_not_found(supplier)


async def add_entries(supplier: int, kind: EntryKind, amount: int, cause: EntryOrigin) -> None:
    """Under the supplier's lock. What the deposit cannot pay becomes a debt row beside it."""
    await _append(supplier, post(await deposit_balance(supplier), kind, amount), cause)


async def forfeit_all(supplier: int, cause: EntryOrigin) -> None:
    balance = (await deposit_balance(supplier)).balance
    if balance:
        await add_entries(supplier, "forfeiture", -balance, cause)


async def undo_entries(supplier: int, action: int, cause: EntryOrigin) -> None:
    """Counter-rows for all that `action` has written."""
    rows = await fetch_as(
        RecordedEntry,
        "SELECT id, kind, amount FROM deposit_entry WHERE action = $1 AND kind <> 'reversal' "
        "ORDER BY id",
        action,
    )
    await _append(supplier, reverse_entries(await deposit_balance(supplier), rows), cause)


async def deposit_balance(supplier: int) -> DepositBalance:
    row = await fetch_one(
        "SELECT coalesce(sum(amount), 0)::bigint AS balance, "
        "coalesce(sum(amount) FILTER (WHERE kind = 'debt'), 0)::bigint AS owed "
        "FROM deposit_entry WHERE supplier = $1",
        supplier,
    )
    assert row is not None
    return DepositBalance(row["balance"], row["owed"])


def _check_reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= MAX_REASON_LENGTH:
        raise InvalidInput(
            "Say why, in 1 to {max} characters.", field="reason", max=MAX_REASON_LENGTH
        )
    return reason


async def _append(supplier: int, rows: Sequence[NewEntry], cause: EntryOrigin) -> None:
    await fetch(
        "INSERT INTO deposit_entry (supplier, kind, amount, currency, reason, action, reverses, "
        "recorded_by, at) SELECT $1, kind, amount, $2, $3, $4, reverses, $5, $6 "
        "FROM unnest($7::text[], $8::bigint[], $9::bigint[]) AS r (kind, amount, reverses)",
        supplier,
        LADDER_POLICY.currency,
        cause.reason,
        cause.action,
        cause.staff,
        cause.at,
        [row.kind for row in rows],
        [row.amount for row in rows],
        [row.reverses for row in rows],
    )
