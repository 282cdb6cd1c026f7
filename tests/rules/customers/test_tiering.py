import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.customers.tiering import (
    CustomerFacts,
    Tier,
    TierDecision,
    TierPolicy,
    decide_tiers,
    tier_for_rank,
)

POLICY = TierPolicy()


@pytest.mark.parametrize(
    ("total", "tiers"), [(1, "A"), (2, "AB"), (3, "ABC"), (5, "ABBCC"), (10, "AABBBBCCCC")]
)
def test_shares(total: int, tiers: str) -> None:
    assert (
        "".join(tier_for_rank(position, total, POLICY) for position in range(1, total + 1)) == tiers
    )


def test_spend_decides_before_open_work_and_recency() -> None:
    customers = [
        CustomerFacts(1, "C", spend=100, open_work=0, days_since_contact=300),
        CustomerFacts(2, "C", spend=0, open_work=9, days_since_contact=0),
        CustomerFacts(3, "C", spend=0, open_work=1, days_since_contact=0),
        CustomerFacts(4, "C", spend=0, open_work=1, days_since_contact=9),
        CustomerFacts(5, "C", spend=0, open_work=0, days_since_contact=0),
    ]
    assert [(c.customer, c.after, c.position) for c in decide_tiers(customers, POLICY)] == [
        (1, "A", 1),
        (2, "B", 2),
        (3, "B", 3),
    ]


def test_pinned_customers_keep_their_tier_and_position() -> None:
    customers = [
        CustomerFacts(1, "C", spend=900, pinned=True),
        CustomerFacts(2, "A", spend=500),
        CustomerFacts(3, "A", pinned=True),
    ]
    assert decide_tiers(customers, POLICY) == (TierDecision(2, "A", "B", 33300, 2, 3),)


def test_who_cannot_be_reached_is_c_and_takes_nobodys_place() -> None:
    customers = [
        CustomerFacts(1, "A", spend=900, reachable=False),
        CustomerFacts(2, "C", spend=500),
        CustomerFacts(3, "C"),
        CustomerFacts(4, "B", spend=900, pinned=True, reachable=False),
    ]
    assert [
        (c.customer, c.after, c.position, c.total) for c in decide_tiers(customers, POLICY)
    ] == [
        (1, "C", 0, 2),
        (2, "A", 1, 2),
        (3, "B", 2, 2),
    ]


some_tier: st.SearchStrategy[Tier] = st.sampled_from(("A", "B", "C"))
facts = st.lists(
    st.tuples(
        some_tier,
        st.integers(0, 3),
        st.integers(0, 2),
        st.integers(0, 2),
        st.booleans(),
    ),
    max_size=30,
).map(lambda rows: [CustomerFacts(n, *row) for n, row in enumerate(rows)])


@given(facts)
def test_positions_match_pairwise_comparison(customers: list[CustomerFacts]) -> None:
    """A customer's position is one more than the number of customers ranked before it."""

    def score(one: CustomerFacts) -> int:
        return sum(
            weight * (1000 * sum(less) // len(customers))
            for weight, less in (
                (100, [other.spend < one.spend for other in customers]),
                (10, [other.open_work < one.open_work for other in customers]),
                (1, [other.days_since_contact > one.days_since_contact for other in customers]),
            )
        )

    changed = {change.customer: change for change in decide_tiers(customers, POLICY)}
    for one in customers:
        before = sum(
            score(other) > score(one)
            or (score(other) == score(one) and other.customer < one.customer)
            for other in customers
        )
        expected = tier_for_rank(before + 1, len(customers), POLICY)
        if one.pinned or expected == one.tier:
            assert one.customer not in changed
        else:
            change = changed[one.customer]
            assert (change.after, change.position, change.score) == (
                expected,
                before + 1,
                score(one),
            )


@given(facts)
def test_deciding_again_changes_nothing(customers: list[CustomerFacts]) -> None:
    after: dict[int, Tier] = {
        change.customer: change.after for change in decide_tiers(customers, POLICY)
    }
    decided = [
        CustomerFacts(
            c.customer,
            after.get(c.customer, c.tier),
            c.spend,
            c.open_work,
            c.days_since_contact,
            c.pinned,
        )
        for c in customers
    ]
    assert decide_tiers(decided, POLICY) == ()
