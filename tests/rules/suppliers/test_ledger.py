from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.suppliers.ledger import Recorded, Row, Standing, post, standing, undo

NEW = Standing(balance=0, owed=0)


def test_what_the_deposit_cannot_pay_becomes_a_debt() -> None:
    assert post(Standing(30_00, 0), "recovery", -100_00) == (
        Row("recovery", -100_00),
        Row("debt", 70_00),
    )


def test_money_in_pays_the_debt_first() -> None:
    assert post(Standing(0, 70_00), "deposit", 100_00) == (
        Row("deposit", 100_00),
        Row("debt", -70_00),
    )


def test_a_row_that_can_be_paid_stands_alone() -> None:
    assert post(Standing(30_00, 0), "fine", -20_00) == (Row("fine", -20_00),)
    assert post(NEW, "deposit", 5) == (Row("deposit", 5),)


def test_undoing_settles_the_debt_it_made() -> None:
    rows = [Recorded(1, "deposit", 30), Recorded(2, "recovery", -100), Recorded(3, "debt", 70)]
    assert undo(standing(rows), rows[1:]) == (Row("counter", 100, counters=2), Row("debt", -70))


amounts = st.lists(
    st.tuples(st.sampled_from(["deposit", "recovery", "fine"]), st.integers(-500, 500)), max_size=20
)


@given(amounts, st.data())
def test_the_balance_is_the_sum_and_never_below_zero(
    posted: list[tuple[str, int]], data: st.DataObject
) -> None:
    rows: list[Recorded] = []
    net = 0

    def append(new: tuple[Row, ...]) -> None:
        rows.extend(Recorded(len(rows) + n, row.kind, row.amount) for n, row in enumerate(new))

    for kind, amount in posted:
        append(post(standing(rows), kind, amount))  # type: ignore[arg-type]
        net += amount
        assert standing(rows) == Standing(max(net, 0), max(-net, 0))

    chosen = data.draw(st.sets(st.sampled_from(rows))) if rows else set()
    append(undo(standing(rows), sorted(chosen, key=lambda row: row.id)))
    net -= sum(row.amount for row in chosen if row.kind != "debt")
    assert standing(rows) == Standing(max(net, 0), max(-net, 0))
    assert sum(row.amount for row in rows) == max(net, 0)
