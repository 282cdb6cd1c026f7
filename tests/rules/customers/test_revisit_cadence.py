from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.customers.revisit_cadence import (
    CADENCES,
    SITE_VISITS,
    STANDARD,
    Cadence,
    CallOutcome,
    Interval,
    NextStep,
    RevisitKind,
    RevisitPolicy,
    add_interval,
    after_outcome,
    calls_after_resolution,
    first_workday,
    next_due,
)
from service_desk.rules.customers.tiering import Tier

POLICY = RevisitPolicy()
LAST = date(2026, 10, 31)


def is_weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("kind", "tier", "cadence", "due"),
    [
        ("call", "A", STANDARD, date(2026, 11, 7)),
        ("call", "B", STANDARD, date(2026, 11, 30)),
        ("call", "C", STANDARD, date(2027, 4, 30)),
        ("visit", "A", STANDARD, None),
        ("call", "A", SITE_VISITS, date(2026, 11, 7)),
        ("call", "B", SITE_VISITS, date(2026, 11, 7)),
        ("call", "C", SITE_VISITS, date(2026, 11, 14)),
        ("visit", "A", SITE_VISITS, date(2026, 12, 31)),
        ("visit", "B", SITE_VISITS, date(2027, 1, 31)),
        ("visit", "C", SITE_VISITS, date(2027, 2, 28)),
    ],
)
def test_shipped_cadences(
    kind: RevisitKind, tier: Tier, cadence: Cadence, due: date | None
) -> None:
    assert cadence in CADENCES.values()
    assert next_due(kind, tier, LAST, cadence) == due


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 30))
def test_adding_months_keeps_the_day_or_clips_it(start: date, months: int) -> None:
    there = add_interval(start, Interval(months=months))
    assert (there.year * 12 + there.month) - (start.year * 12 + start.month) == months
    assert there.day == start.day or (there + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("rating", "days"), [(None, [3]), (5, [3]), (4, [3]), (3, [3, 14]), (1, [3, 14])]
)
def test_calls_after_resolution(rating: int | None, days: list[int]) -> None:
    assert calls_after_resolution(LAST, rating, POLICY) == tuple(
        LAST + timedelta(days=after) for after in days
    )


@pytest.mark.parametrize(
    ("outcome", "attempts", "today", "step"),
    [
        ("reached", 1, date(2026, 11, 20), NextStep(resets=True)),
        ("refused", 1, date(2026, 11, 20), NextStep(resets=True)),
        ("moved", 2, date(2026, 11, 20), NextStep(resets=True)),
        ("no_answer", 1, date(2026, 11, 19), NextStep(again_on=date(2026, 11, 20))),
        ("no_answer", 2, date(2026, 11, 20), NextStep(again_on=date(2026, 11, 23))),
        ("no_answer", 3, date(2026, 11, 20), NextStep(resets=True, gave_up=True)),
    ],
)
def test_after_outcome(outcome: CallOutcome, attempts: int, today: date, step: NextStep) -> None:
    assert after_outcome(outcome, attempts, today, is_weekday, POLICY) == step


def test_a_calendar_without_working_days_ends_the_search() -> None:
    assert first_workday(LAST, lambda _: False) == LAST
