from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.customers.revisit_cadence import RevisitPolicy
from service_desk.rules.customers.revisit_planning import DueRevisit, Plan, Slot, assign_revisits

POLICY = RevisitPolicy()
MONDAY = date(2026, 11, 16)


def is_weekday(day: date) -> bool:
    return day.weekday() < 5


def planned(
    wanted: list[DueRevisit],
    capacity: dict[int, int],
    booked: dict[Slot, int] | None = None,
    today: date = MONDAY,
) -> Plan:
    return assign_revisits(
        wanted,
        today=today,
        is_workday=is_weekday,
        capacity=capacity,
        booked=booked or {},
        policy=POLICY,
    )


def days_by_customer(result: Plan) -> dict[int, date]:
    return {item.revisit.customer: item.on for item in result.planned}


def test_spread_over_the_window() -> None:
    wednesday = MONDAY + timedelta(days=2)
    result = planned([DueRevisit(customer, "A", wednesday) for customer in range(3)], {7: 12})
    assert sorted(days_by_customer(result).values()) == [
        wednesday + timedelta(days=after) for after in (-1, 0, 1)
    ]


def test_a_before_b_before_c_under_little_capacity() -> None:
    wanted = [
        DueRevisit(1, "C", MONDAY - timedelta(days=20)),
        DueRevisit(2, "B", MONDAY - timedelta(days=5)),
        DueRevisit(3, "A", MONDAY - timedelta(days=1)),
    ]
    result = planned(wanted, {7: 1})
    assert days_by_customer(result) == {3: MONDAY}
    assert [(item.revisit.customer, item.reason) for item in result.not_planned] == [
        (2, "no_capacity"),
        (1, "no_capacity"),
    ]


def test_overdue_revisits_come_first_and_soon() -> None:
    wanted = [DueRevisit(1, "A", MONDAY), DueRevisit(2, "C", MONDAY - timedelta(days=60))]
    result = planned(wanted, {7: 1})
    assert days_by_customer(result) == {2: MONDAY, 1: MONDAY + timedelta(days=1)}


def test_one_revisit_per_customer_and_a_visit_replaces_a_call() -> None:
    wanted = [DueRevisit(1, "B", MONDAY, "call"), DueRevisit(1, "B", MONDAY, "visit")]
    result = planned(wanted, {7: 9})
    assert [item.revisit.kind for item in result.planned] == ["visit"]
    assert [item.reason for item in result.not_planned] == ["already_planned"]


def test_the_customers_agent_first_and_others_when_full() -> None:
    wanted = [DueRevisit(customer, "A", MONDAY, agent=2) for customer in range(4)]
    result = planned(wanted, {1: 5, 2: 1})
    assert Counter(item.agent for item in result.planned) == {2: 2, 1: 2}


def test_a_window_within_a_holiday_gives_the_day_after_it() -> None:
    saturday = MONDAY + timedelta(days=5)
    closed = {saturday + timedelta(days=after) for after in range(-2, 5)}
    result = assign_revisits(
        [DueRevisit(1, "A", saturday)],
        today=MONDAY,
        is_workday=lambda day: is_weekday(day) and day not in closed,
        capacity={7: 1},
        booked={},
        policy=POLICY,
    )
    assert days_by_customer(result) == {1: saturday + timedelta(days=5)}


def test_without_agents_nothing_is_planned() -> None:
    result = planned([DueRevisit(1, "A", MONDAY)], {})
    assert [item.reason for item in result.not_planned] == ["no_capacity"]


contacts = st.builds(
    DueRevisit,
    customer=st.integers(1, 15),
    tier=st.sampled_from(["A", "B", "C"]),
    target=st.integers(-40, 40).map(lambda days: MONDAY + timedelta(days=days)),
    kind=st.sampled_from(["call", "visit", "after_resolution"]),
    agent=st.sampled_from([None, 1, 2, 3]),
)
capacities = st.dictionaries(st.integers(1, 2), st.integers(0, 2))
bookings = st.dictionaries(
    st.tuples(st.integers(1, 2), st.integers(0, 9).map(lambda d: MONDAY + timedelta(days=d))),
    st.integers(0, 2),
)


@given(st.lists(contacts, max_size=25), capacities, bookings)
def test_plans_respect_windows_capacity_and_workdays(
    wanted: list[DueRevisit], capacity: dict[int, int], booked: dict[Slot, int]
) -> None:
    result = planned(wanted, capacity, booked)
    widths = {"A": 1, "B": 5, "C": 20}

    # Every revisit is planned or has a reason.
    answered = [item.revisit for item in (*result.planned, *result.not_planned)]
    assert sorted(map(repr, answered)) == sorted(map(repr, wanted))

    # No customer twice.
    customers = [item.revisit.customer for item in result.planned]
    assert len(set(customers)) == len(customers)
    assert all(
        item.revisit.customer in customers
        for item in result.not_planned
        if item.reason == "already_planned"
    )

    # Within the window, on working days, within capacity.
    load = Counter(booked)
    for item in result.planned:
        width = 1 if item.revisit.kind == "after_resolution" else widths[item.revisit.tier]
        late = item.on > item.revisit.target + timedelta(days=width)
        assert is_weekday(item.on)
        assert item.on >= MONDAY
        assert item.on >= item.revisit.target - timedelta(days=width)
        assert not late or item.on <= max(
            MONDAY + timedelta(days=7), item.revisit.target + timedelta(days=width + 2)
        )
        load[item.agent, item.on] += 1
        assert load[item.agent, item.on] <= capacity[item.agent]

    # Those without capacity had no free day even in the narrow part of the window.
    for item in result.not_planned:
        if item.reason == "no_capacity":
            width = 1 if item.revisit.kind == "after_resolution" else widths[item.revisit.tier]
            for after in range(-width, width + 1):
                day = item.revisit.target + timedelta(days=after)
                if day >= MONDAY and is_weekday(day):
                    assert all(load[agent, day] >= capacity[agent] for agent in capacity)
