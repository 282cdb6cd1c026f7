from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.suppliers.ledger import (
    DepositBalance,
    EntryKind,
    NewEntry,
    RecordedEntry,
    balance_of,
    post,
    reverse_entries,
)

NEW = DepositBalance(balance=0, owed=0)


def test_what_the_deposit_cannot_cover_becomes_debt() -> None:
    assert post(DepositBalance(30_00, 0), "recovery", -100_00) == (
        NewEntry("recovery", -100_00),
        NewEntry("debt", 70_00),
    )


def test_a_payment_covers_the_debt_first() -> None:
    assert post(DepositBalance(0, 70_00), "deposit", 100_00) == (
        NewEntry("deposit", 100_00),
        NewEntry("debt", -70_00),
    )


def test_a_covered_entry_has_no_debt_entry() -> None:
    assert post(DepositBalance(30_00, 0), "fine", -20_00) == (NewEntry("fine", -20_00),)
    assert post(NEW, "deposit", 5) == (NewEntry("deposit", 5),)


def test_a_reversal_removes_the_debt_it_caused() -> None:
    rows = [
        RecordedEntry(1, "deposit", 30),
        RecordedEntry(2, "recovery", -100),
        RecordedEntry(3, "debt", 70),
    ]
    assert reverse_entries(balance_of(rows), rows[1:]) == (
        NewEntry("reversal", 100, reverses=2),
        NewEntry("debt", -70),
    )


kinds: st.SearchStrategy[EntryKind] = st.sampled_from(("deposit", "recovery", "fine"))
amounts = st.lists(st.tuples(kinds, st.integers(-500, 500)), max_size=20)


@given(amounts, st.data())
def test_the_balance_is_the_sum_and_never_below_zero(
    posted: list[tuple[EntryKind, int]], data: st.DataObject
) -> None:
    rows: list[RecordedEntry] = []
    net = 0

    def append(new: tuple[NewEntry, ...]) -> None:
        rows.extend(RecordedEntry(len(rows) + n, row.kind, row.amount) for n, row in enumerate(new))

    for kind, amount in posted:
        append(post(balance_of(rows), kind, amount))
        net += amount
        assert balance_of(rows) == DepositBalance(max(net, 0), max(-net, 0))

    chosen = data.draw(st.sets(st.sampled_from(rows))) if rows else set[RecordedEntry]()
    append(reverse_entries(balance_of(rows), sorted(chosen, key=lambda row: row.id)))
    net -= sum(row.amount for row in chosen if row.kind != "debt")
    assert balance_of(rows) == DepositBalance(max(net, 0), max(-net, 0))
    assert sum(row.amount for row in rows) == max(net, 0)
