"""Calendars with stored public holidays, and what newer libraries know."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service_desk.rules.calendars.business_time import (
    Calendar,
    CalendarError,
    Hours,
    compile_calendar,
)
from service_desk.rules.calendars.known_holidays import (
    YEARS_AHEAD,
    adjusted_until,
    holiday_changes,
    holiday_updates,
    with_latest_holidays,
    with_stored_holidays,
)
from service_desk.rules.calendars.public_holidays import KnownHolidays
from tests.rules.calendars.holidays_announced import DAY_OFF, SATURDAY_WORKED, announce
from tests.rules.minutes import calendars_and_starts

TODAY = date(2026, 11, 22)
LAST_STORED = datetime(TODAY.year + YEARS_AHEAD, 12, 30, tzinfo=UTC)  # New Year nowhere yet
DAY: Hours = [("09:00", "18:00")]
WEEK: dict[str, Hours] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)
OFFICE = Calendar(WEEK, public_holidays="CN")
NOON = timedelta(hours=4)  # UTC; open in Shanghai


def is_workday(calendar: Calendar, day: date) -> bool:
    return compile_calendar(calendar).is_workday(day)


@given(calendars_and_starts(), st.integers(0, 9 * 366 * 86_400))
def test_stored_holidays_equal_those_looked_up(
    case: tuple[Calendar, datetime], seconds: int
) -> None:
    """Within the years that are stored; those beyond: the next test."""
    calendar, start = case
    live, kept = compile_calendar(calendar), compile_calendar(with_stored_holidays(calendar, TODAY))
    end = min(start + timedelta(seconds=seconds), LAST_STORED)
    worked = live.between(start, end)
    assert kept.between(start, end) == worked
    assert kept.add(start, worked) == live.add(start, worked)


def test_no_holidays_outside_the_stored_years() -> None:
    kept = with_stored_holidays(OFFICE, TODAY)
    new_years_days = {year: is_workday(kept, date(year, 1, 1)) for year in (1999, 2001, 2036, 2037)}
    assert new_years_days == {1999: True, 2001: False, 2036: False, 2037: True}
    assert not is_workday(OFFICE, date(2037, 1, 1))


def test_newer_libraries_do_not_change_stored_calendars(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = with_stored_holidays(OFFICE, TODAY)
    announce(monkeypatch)
    kept_again, live = with_stored_holidays(kept, TODAY), with_latest_holidays(kept, TODAY)
    assert kept_again == kept
    assert is_workday(kept, DAY_OFF)
    assert not is_workday(kept, SATURDAY_WORKED)
    for calendar in (live, replace(OFFICE, closed_dates=["2027-12-25"])):
        assert not is_workday(calendar, DAY_OFF)
        assert is_workday(calendar, SATURDAY_WORKED)


def test_updates_are_for_future_days_only(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = with_stored_holidays(OFFICE, TODAY)
    assert holiday_updates(kept, TODAY) == []
    announce(monkeypatch)
    closed, worked = holiday_updates(kept, TODAY)
    assert (
        (closed.year, closed.adjusted_workdays)
        == (worked.year, not worked.adjusted_workdays)
        == (2027, False)
    )
    assert set(closed.after) - set(closed.before) == {DAY_OFF}
    assert (worked.before, worked.after) == ([], [SATURDAY_WORKED])
    assert [
        news.adjusted_workdays for news in holiday_updates(kept, DAY_OFF + timedelta(days=1))
    ] == [True]
    assert holiday_updates(kept, SATURDAY_WORKED + timedelta(days=1)) == []
    assert holiday_changes(kept, with_latest_holidays(kept, TODAY)) == [closed, worked]
    assert (adjusted_until(kept), adjusted_until(with_latest_holidays(kept, TODAY))) == (2026, 2027)


def test_stored_years_that_run_out_are_reported_in_time() -> None:
    kept = with_stored_holidays(OFFICE, TODAY)
    assert kept.known_holidays is not None
    assert holiday_updates(kept, date(2034, 12, 31)) == []
    years = {change.year for change in holiday_updates(kept, date(2035, 1, 1))}
    assert years == {2037}


def test_calendars_without_public_holidays_store_none() -> None:
    plain = Calendar(WEEK)
    assert with_stored_holidays(plain, TODAY) is plain
    assert (holiday_updates(plain, TODAY), adjusted_until(plain)) == ([], None)
    assert holiday_changes(plain, with_stored_holidays(OFFICE, TODAY)) == []
    german = with_stored_holidays(replace(OFFICE, public_holidays="DE"), TODAY)
    assert adjusted_until(german) is None
    assert holiday_changes(with_stored_holidays(OFFICE, TODAY), german) == []


def test_a_country_no_longer_known_keeps_its_days(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = with_stored_holidays(OFFICE, TODAY)
    monkeypatch.setattr(
        "service_desk.rules.calendars.known_holidays.knows_country", {"DE"}.__contains__
    )
    assert holiday_updates(kept, TODAY) == []
    assert not is_workday(kept, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (KnownHolidays("DE", 2026, 2027, [], []), "public holidays of 'DE', not of 'CN'"),
        (KnownHolidays("CN", 2026, 2027, [date(2028, 1, 1)], []), "2028-01-01 is outside"),
        (KnownHolidays("CN", 2027, 2026, [], [date(2026, 1, 1)]), "2026-01-01 is outside"),
        (KnownHolidays("CN", 1, 9999, [], [date(9999, 1, 1)]), "9999-01-01 is outside"),
        (KnownHolidays("CN", 2026, 2026, [date(2026, 1, 1)] * 5001, []), "at most 5000 dates"),
    ],
)
def test_invalid_holidays(known: KnownHolidays, says: str) -> None:
    with pytest.raises(CalendarError, match=says) as refused:
        compile_calendar(replace(OFFICE, known_holidays=known))
    assert refused.value.field == "known_holidays"
    with pytest.raises(CalendarError, match="not of '–'"):
        compile_calendar(Calendar(WEEK, known_holidays=known))


def test_given_holidays_are_stored() -> None:
    own = KnownHolidays("CN", 2026, 2027, [date(2026, 12, 24)], [date(2026, 12, 26)])
    business_time = compile_calendar(replace(OFFICE, known_holidays=own))
    at = datetime(2026, 12, 24, tzinfo=UTC) + NOON
    open_days = [business_time.is_open(at + timedelta(days=n)) for n in range(4)]
    assert open_days == [False, True, True, False]
    assert business_time.is_workday(date(2027, 1, 1))
