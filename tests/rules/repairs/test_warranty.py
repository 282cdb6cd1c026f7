from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.repairs.warranty import (
    STANDARD,
    Advice,
    Warranty,
    WarrantyPolicy,
    consumer_advice,
    is_free,
    warranty_on,
)
from service_desk.rules.tickets.vocabulary import Cause

DAYS = st.dates(date(2019, 12, 1), date(2024, 4, 1))
CAUSES = st.sampled_from(["unknown", "supplier_quality", "customer_misuse", "force_majeure"])
TODAY = date(2026, 11, 21)


def last_day_slowly(accepted_on: date, months: int) -> date:
    """The same day that many months later, going month by month."""
    year, month = accepted_on.year, accepted_on.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    day = accepted_on.day
    while day > monthrange(year, month)[1]:
        day -= 1
    return date(year, month, day)


@given(
    day=DAYS,
    installed_on=st.none() | DAYS,
    accepted_on=st.none() | DAYS,
    months=st.none() | st.integers(1, 40),
    policy=st.builds(WarrantyPolicy, months=st.integers(1, 36), trial_days=st.integers(0, 5)),
)
def test_warranty_ends_as_counted_month_by_month(
    day: date,
    installed_on: date | None,
    accepted_on: date | None,
    months: int | None,
    policy: WarrantyPolicy,
) -> None:
    answer = warranty_on(day, installed_on, accepted_on, months, policy)
    began = accepted_on
    if began is None and installed_on is not None:
        began = installed_on
        for _ in range(policy.trial_days):
            began += timedelta(days=1)
    assert answer.accepted_on == began
    assert answer.months == (policy.months if months is None else months)
    if began is None:
        assert (answer.state, answer.because) == ("unknown", "no_date")
        assert (answer.until, answer.expired_on) == (None, None)
        return
    assert answer.because == ("installed" if accepted_on is None else "accepted")
    last = last_day_slowly(began, answer.months)
    assert answer.until == last
    covered = {began + timedelta(days=n) for n in range((last - began).days + 1)}
    if day in covered or day < began:
        assert (answer.state, answer.expired_on) == ("in_warranty", None)
    else:
        assert answer.state == "out_of_warranty"
        assert answer.expired_on == last + timedelta(days=1) <= day


@pytest.mark.parametrize(
    ("accepted_on", "months", "until"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 2, 28), 12, date(2026, 2, 28)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2025, 3, 1), 12, date(2026, 3, 1)),
    ],
)
def test_ends_of_months(accepted_on: date, months: int, until: date) -> None:
    assert warranty_on(until, None, accepted_on, months) == Warranty(
        "in_warranty", until, None, accepted_on, months, "accepted"
    )
    after = until + timedelta(days=1)
    assert warranty_on(after, None, accepted_on, months).expired_on == after


def test_twelve_months_after_48_hours_of_trial_running() -> None:
    answer = warranty_on(TODAY, date(2026, 3, 29), None)
    assert (answer.accepted_on, answer.until) == (date(2026, 3, 31), date(2027, 3, 31))
    assert warranty_on(date(2026, 3, 29), date(2026, 3, 29), None).state == "in_warranty"


@given(st.none() | DAYS, DAYS, CAUSES)
def test_misuse_is_charged_and_warranty_is_free(accepted: date | None, day: date, cause: Cause):
    warranty = warranty_on(day, None, accepted)
    free = is_free(warranty, cause)
    if cause in ("customer_misuse", "force_majeure"):
        assert free is False
    else:
        assert free is {"in_warranty": True, "out_of_warranty": False}.get(warranty.state)


@given(
    st.integers(0, 500), st.none() | st.integers(0, 40), CAUSES, st.integers(0, 4), st.booleans()
)
def test_consumer_rules(
    days: int, own_months: int | None, cause: Cause, failed: int, known: bool
) -> None:
    """In the order of the rules, from the strongest right to the weakest."""
    handed_over = TODAY - timedelta(days=days)
    warranty = warranty_on(TODAY, handed_over, None, own_months)
    advice = consumer_advice(TODAY, handed_over if known else None, warranty, cause, failed)
    if cause in ("customer_misuse", "force_majeure") or warranty.state == "out_of_warranty":
        assert advice is None
    elif known and days in range(8):
        assert advice == Advice(("refund", "exchange", "repair"), "within_days", 7)
    elif failed in (2, 3, 4):
        assert advice == Advice(("exchange",), "failed_repairs", failed)
    elif known and days in range(16):
        assert advice == Advice(("exchange", "repair"), "within_days", 15)
    else:
        assert advice is None


def test_no_advice_without_dates() -> None:
    unknown = warranty_on(TODAY, None, None)
    assert consumer_advice(TODAY, None, unknown, "unknown", 3) is None
    assert STANDARD.months == 12
