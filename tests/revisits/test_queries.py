"""The days that the columns of the revisit page cover."""

from datetime import date, timedelta

import pytest

from service_desk.revisits.queries import end_of_columns, sunday_of

MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("weekday", "ends"),
    [
        *((day, date(2026, 11, 22)) for day in range(5)),
        *((day, date(2026, 11, 29)) for day in (5, 6)),
    ],
)
def test_the_last_column_ends_on_a_sunday_at_least_two_days_ahead(weekday: int, ends: date):
    today = MONDAY + timedelta(days=weekday)
    assert sunday_of(today) == date(2026, 11, 22)
    assert end_of_columns(today) == ends
    assert end_of_columns(today) >= today + timedelta(days=2)
