"""What a business calendar may hold, and which field does not fit."""

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from msgspec import convert

from service_desk.rules.calendars.business_calendar import (
    MAX_DATES,
    Calendar,
    CalendarError,
    check_weekly_hours,
    parse_calendar,
)
from tests.rules.minutes import DAY_HOURS, minute_of_day

OFFICE = [("09:00", "17:00")]


@given(DAY_HOURS)
@example([("09:00", "12:00"), ("12:00", "17:00")])
def test_hours_are_read_as_the_minutes_that_they_cover(hours: list[tuple[str, str]]) -> None:
    """Sorted, and those that meet are one interval."""
    calendar = Calendar({"mon": hours[::-1], "tue": OFFICE})
    read = parse_calendar(calendar).week[0]
    covered = {minute for start, end in read for minute in range(start, end)}
    assert covered == {
        minute for start, end in hours for minute in range(minute_of_day(start), minute_of_day(end))
    }
    bounds = [bound for interval in read for bound in interval]
    assert bounds == sorted(set(bounds))


def test_a_closed_date_and_hours_of_a_date_are_read_by_date() -> None:
    calendar = Calendar({"mon": OFFICE}, closed_dates=["2026-10-01"], date_hours={"2026-10-03": []})
    read = parse_calendar(calendar)
    assert read.dates == {date(2026, 10, 1): (), date(2026, 10, 3): ()}
    assert read.zone.key == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("faulty", "field", "reason"),
    [
        ({"week": {"monday": OFFICE}}, "week", "'monday' is not a day of the week"),
        ({"week": {"mon": []}}, "week", "no opening hours"),
        ({"week": {"mon": [("9:00", "17:00")]}}, "week.mon", "'9:00' is not a time of day"),
        ({"week": {"mon": [("24:01", "24:00")]}}, "week.mon", "'24:01' is not a time of day"),
        ({"week": {"mon": [("22:00", "06:00")]}}, "week.mon", "22:00–06:00 ends before it starts"),
        (
            {"week": {"mon": [("09:00", "13:00"), ("12:00", "17:00")]}},
            "week.mon",
            "09:00–13:00 and 12:00–17:00 overlap",
        ),
        ({"week": {"mon": [("00:00", "00:01")] * 49}}, "week.mon", "at most 48 intervals"),
        ({"tz": "Asia/Atlantis"}, "tz", "'Asia/Atlantis' is not a time zone"),
        ({"tz": "../etc/passwd"}, "tz", "is not a time zone"),
        ({"closed_dates": ["2026-02-30"]}, "closed_dates", "'2026-02-30' is not a date"),
        ({"closed_dates": ["20261001"]}, "closed_dates", "'20261001' is not a date"),
        ({"date_hours": {"today": []}}, "date_hours", "'today' is not a date"),
        ({"closed_dates": ["2026-10-01"] * (MAX_DATES + 1)}, "closed_dates", "at most 5000 dates"),
        ({"public_holidays": "XX"}, "public_holidays", "'XX' is not known"),
    ],
)
def test_a_faulty_calendar_is_refused_by_its_field(
    faulty: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(CalendarError, match=reason) as refused:
        parse_calendar(convert({"week": {"mon": OFFICE}} | faulty, Calendar))
    assert refused.value.field == field


def test_promises_need_hours_that_recur() -> None:
    dates = Calendar({}, date_hours={"2026-10-03": OFFICE})
    parse_calendar(dates)
    with pytest.raises(CalendarError, match="on at least one day of the week"):
        check_weekly_hours(dates)
    check_weekly_hours(Calendar({"sun": OFFICE}))
