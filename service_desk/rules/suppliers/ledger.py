"""The deposit ledger: append-only, never below zero without a debt row (DESIGN §2.6).

The balance is the sum of all entries. A debt entry adds back what the deposit cannot cover, so the
sum of the debt entries is what the supplier owes; the next payment covers that first.
"""

from collections.abc import Iterable
from typing import Literal, get_args

from msgspec import Struct

EntryKind = Literal[
    "deposit", "forfeiture", "complaint_fund", "fine", "recovery", "debt", "reversal"
]
ENTRY_KINDS: tuple[EntryKind, ...] = get_args(EntryKind)


class NewEntry(Struct, frozen=True):
    """An entry to append. `amount`: minor units, positive in the supplier's favour."""

    kind: EntryKind
    amount: int
    reverses: int | None = None


class RecordedEntry(Struct, frozen=True):
    id: int
    kind: EntryKind
    amount: int


class DepositBalance(Struct, frozen=True):
    """`balance` of the deposit, and what is `owed` beyond it; neither is negative."""

    balance: int
    owed: int


def balance_of(rows: Iterable[RecordedEntry | NewEntry]) -> DepositBalance:
    rows = tuple(rows)
    return DepositBalance(
        balance=sum(row.amount for row in rows),
        owed=sum(row.amount for row in rows if row.kind == "debt"),
    )


def post(account: DepositBalance, kind: EntryKind, amount: int) -> tuple[NewEntry, ...]:
    """The entry for `amount`, followed by the debt entry that it requires, if any."""
    return _with_debt(account, NewEntry(kind, amount))


def reverse_entries(account: DepositBalance, rows: Iterable[RecordedEntry]) -> tuple[NewEntry, ...]:
    """A reversal of each entry but the debts, which are computed anew."""
    reversals: list[NewEntry] = []
    for row in rows:
        if row.kind == "debt":
            continue
        added = _with_debt(account, NewEntry("reversal", -row.amount, reverses=row.id))
        reversals += added
        after = balance_of(added)
        account = DepositBalance(account.balance + after.balance, account.owed + after.owed)
    return tuple(reversals)


def _with_debt(account: DepositBalance, row: NewEntry) -> tuple[NewEntry, ...]:
    net = account.balance - account.owed + row.amount
    debt = max(-net, 0) - account.owed
    return (row, NewEntry("debt", debt)) if debt else (row,)
