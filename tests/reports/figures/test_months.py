from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.errors import InvalidInput
from service_desk.reports.figures.months import Month, month_at, parse_month

SHANGHAI = ZoneInfo("Asia/Shanghai")
months = st.builds(Month, st.integers(1970, 9998), st.integers(1, 12))


def test_a_month_is_in_the_zone_of_the_desk() -> None:
    start, end = Month(2026, 10).bounds(SHANGHAI)
    assert start == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert end == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert month_at(datetime(2026, 10, 31, 15, 59, tzinfo=UTC), SHANGHAI) == Month(2026, 10)
    assert month_at(datetime(2026, 10, 31, 16, 0, tzinfo=UTC), SHANGHAI) == Month(2026, 11)


def test_a_month_in_which_summer_time_ends_is_an_hour_longer() -> None:
    start, end = Month(2026, 10).bounds(ZoneInfo("Europe/Berlin"))
    assert (end - start).total_seconds() == 31 * 86400 + 3600


@given(months)
def test_text_and_back(month: Month) -> None:
    assert parse_month(str(month)) == month


@given(months, st.integers(-200, 200))
def test_plus_months_and_back(month: Month, count: int) -> None:
    assert month.plus_months(count).plus_months(-count) == month
    assert (month.plus_months(count) > month) == (count > 0)


def test_first_and_last_day() -> None:
    assert Month(2028, 2).first_day == date(2028, 2, 1)
    assert Month(2028, 2).last_day == date(2028, 2, 29)
    assert Month(2026, 12).plus_months(1) == Month(2027, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "26-10", "2026-00", "0999-10", "", "now"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_month(text)
