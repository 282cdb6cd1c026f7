"""The deposit ledger: append-only rows whose sum is the balance (DESIGN §2.6)."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_as, fetch_one, transaction
from service_desk.rules.ledger import EntryKind, Recorded, Row, Standing, post, undo
from service_desk.suppliers.facts import LADDER
from service_desk.suppliers.operations import no_supplier
from service_desk.suppliers.schemas import NewDeposit


class Cause(Struct, frozen=True):
    """Why rows are written, by whom (staff id) and when; `action`: the rung behind it, if one."""

    reason: str
    staff: int
    at: datetime
    action: int | None = None


async def record_deposit(supplier: int, new: NewDeposit, *, staff_id: int, now: datetime) -> None:
    """Money that the supplier paid in; what it owes is settled first."""
    async with transaction():
        await lock_supplier(supplier)
        await add_entries(supplier, "deposit", new.amount, Cause(new.reason, staff_id, now))


async def lock_supplier(supplier: int) -> None:
    """The ledger of a supplier is written under the lock of its row. Raises NotFound."""
    found = await fetch_one("SELECT id FROM supplier WHERE id = $1 FOR NO KEY UPDATE", supplier)
    if found is None:
        raise no_supplier(supplier)


async def add_entries(supplier: int, kind: EntryKind, amount: int, cause: Cause) -> None:
    """Under the supplier's lock. What the deposit cannot pay becomes a debt row beside it."""
    await _append(supplier, post(await standing_of(supplier), kind, amount), cause)


async def forfeit_all(supplier: int, cause: Cause) -> None:
    balance = (await standing_of(supplier)).balance
    if balance:
        await add_entries(supplier, "forfeit", -balance, cause)


async def undo_entries(supplier: int, action: int, cause: Cause) -> None:
    """Counter-rows for all that `action` has written."""
    rows = await fetch_as(
        Recorded,
        "SELECT id, kind, amount FROM deposit_entry WHERE action = $1 AND kind <> 'counter' "
        "ORDER BY id",
        action,
    )
    await _append(supplier, undo(await standing_of(supplier), rows), cause)


async def standing_of(supplier: int) -> Standing:
    row = await fetch_one(
        "SELECT coalesce(sum(amount), 0)::bigint AS balance, "
        "coalesce(sum(amount) FILTER (WHERE kind = 'debt'), 0)::bigint AS owed "
        "FROM deposit_entry WHERE supplier = $1",
        supplier,
    )
    assert row is not None
    return Standing(row["balance"], row["owed"])


async def _append(supplier: int, rows: Sequence[Row], cause: Cause) -> None:
    await fetch(
        "INSERT INTO deposit_entry (supplier, kind, amount, currency, reason, action, counters, "
        "recorded_by, at) SELECT $1, kind, amount, $2, $3, $4, counters, $5, $6 "
        "FROM unnest($7::text[], $8::bigint[], $9::bigint[]) AS r (kind, amount, counters)",
        supplier,
        LADDER.currency,
        cause.reason,
        cause.action,
        cause.staff,
        cause.at,
        [row.kind for row in rows],
        [row.amount for row in rows],
        [row.counters for row in rows],
    )
