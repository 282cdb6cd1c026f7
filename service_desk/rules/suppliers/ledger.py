"""The deposit ledger: append-only, never below zero without a debt row (DESIGN §2.6).

The balance is the sum of all rows. What a supplier cannot pay is put back by a debt row, so the
sum of the debt rows is what is owed; the next money in pays that first.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

EntryKind = Literal["deposit", "forfeit", "fund", "fine", "recovery", "debt", "counter"]


class Row(Struct, frozen=True):
    """A row to append: `amount` in minor units, signed as the supplier sees it."""

    kind: EntryKind
    amount: int
    counters: int | None = None


class Recorded(Struct, frozen=True):
    id: int
    kind: EntryKind
    amount: int


class Standing(Struct, frozen=True):
    """`balance` of the deposit and what is `owed` beyond it, both never negative."""

    balance: int
    owed: int


def standing(rows: Iterable[Recorded | Row]) -> Standing:
    rows = tuple(rows)
    return Standing(
        balance=sum(row.amount for row in rows),
        owed=sum(row.amount for row in rows if row.kind == "debt"),
    )


def post(now: Standing, kind: EntryKind, amount: int) -> tuple[Row, ...]:
    """The rows for `amount` more (or less, if negative), with the debt row it takes."""
    return _with_debt(now, Row(kind, amount))


def undo(now: Standing, rows: Iterable[Recorded]) -> tuple[Row, ...]:
    """A counter-row for each of `rows`; debt rows follow from the sums and have none."""
    counter_rows: list[Row] = []
    for row in rows:
        if row.kind == "debt":
            continue
        added = _with_debt(now, Row("counter", -row.amount, counters=row.id))
        counter_rows += added
        after = standing(added)
        now = Standing(now.balance + after.balance, now.owed + after.owed)
    return tuple(counter_rows)


def _with_debt(now: Standing, row: Row) -> tuple[Row, ...]:
    net = now.balance - now.owed + row.amount
    debt = max(-net, 0) - now.owed
    return (row, Row("debt", debt)) if debt else (row,)
