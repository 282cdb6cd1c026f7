"""Where the columns of the revisit page end."""

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
def test_the_last_column_ends_with_a_week_of_which_days_are_left(weekday: int, ends: date):
    today = MONDAY + timedelta(days=weekday)
    assert sunday_of(today) == date(2026, 11, 22)
    assert end_of_columns(today) == ends
    assert end_of_columns(today) >= today + timedelta(days=2)
