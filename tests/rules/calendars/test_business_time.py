from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.calendars.business_time import (
    AROUND_THE_CLOCK,
    NEVER,
    Calendar,
    CalendarError,
    compile_calendar,
)
from service_desk.rules.calendars.opening_hours import DayHours, OpeningHours
from tests.rules.minutes import DAYS, MINUTE, MinuteCalendar, calendars_and_starts

OFFICE = [("09:00", "12:00"), ("13:00", "18:00")]
WEEK = dict.fromkeys(DAYS[:5], OFFICE)
SECOND = timedelta(seconds=1)
WINDOW = timedelta(days=4)

_FIRST = datetime(1995, 1, 1, tzinfo=UTC)
instants = st.integers(0, 65 * 366 * 86_400 * 10**6).map(
    lambda n: _FIRST + timedelta(microseconds=n)
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


# Compared with an oracle that looks at every minute


@given(calendars_and_starts(), st.integers(0, 3000))
def test_add_matches_the_minute_by_minute_oracle(
    case: tuple[Calendar, datetime], minutes: int
) -> None:
    calendar, start = case
    until = start + WINDOW
    expected = MinuteCalendar(calendar).add(start, minutes, until)
    added = compile_calendar(calendar).add(start, minutes * 60)
    assert added == expected if expected else added > until


@given(calendars_and_starts(), st.integers(0, 5 * 24 * 60))
def test_between_matches_the_minute_by_minute_oracle(
    case: tuple[Calendar, datetime], minutes: int
) -> None:
    calendar, start = case
    end = start + minutes * MINUTE
    expected = MinuteCalendar(calendar).between(start, end)
    assert compile_calendar(calendar).between(start, end) == expected * 60


@given(calendars_and_starts())
def test_opening_matches_the_minute_by_minute_oracle(case: tuple[Calendar, datetime]) -> None:
    calendar, start = case
    oracle, business_time, until = (
        MinuteCalendar(calendar),
        compile_calendar(calendar),
        start + WINDOW,
    )
    assert business_time.is_open(start) == oracle.is_open(start)
    expected = oracle.next_open(start, until)
    opens = business_time.next_open(start)
    assert opens == expected if expected else opens >= until
    day = start.date()
    assert business_time.is_workday(day) == bool(oracle.hours(day))


@given(calendars_and_starts())
def test_open_intervals_match_the_minute_by_minute_oracle(case: tuple[Calendar, datetime]) -> None:
    calendar, start = case
    oracle, end = MinuteCalendar(calendar), start + timedelta(days=3)
    intervals = list(compile_calendar(calendar).open_intervals(start, end))
    for opens, closes in intervals:
        assert start <= opens < closes <= end
        assert closes == end or not oracle.is_open(closes)
        assert opens == start or not oracle.is_open(opens - MINUTE)
    within = sum((closes - opens for opens, closes in intervals), timedelta())
    assert within == oracle.between(start, end) * MINUTE


# Laws, over any distance


@given(calendars_and_starts(), instants, st.integers(1, 20_000 * 3600))
def test_add_is_the_first_instant_with_that_much_between(
    case: tuple[Calendar, datetime], start: datetime, seconds: int
) -> None:
    business_time = compile_calendar(case[0])
    due = business_time.add(start, seconds)
    assert business_time.between(start, due) == seconds
    assert business_time.is_open(due - timedelta(microseconds=1))
    assert due.tzinfo is UTC


@given(calendars_and_starts(), instants, st.integers(0, 10**7), st.integers(0, 10**7))
def test_adding_in_two_steps(
    case: tuple[Calendar, datetime], start: datetime, first: int, second: int
) -> None:
    business_time = compile_calendar(case[0])
    at_once = business_time.add(start, first + second)
    assert business_time.add(business_time.add(start, first), second) == at_once


@given(calendars_and_starts(), instants, instants, instants)
def test_between_adds_up(
    case: tuple[Calendar, datetime], one: datetime, two: datetime, three: datetime
) -> None:
    business_time = compile_calendar(case[0])
    first, middle, last = sorted((one, two, three))
    parts = [
        business_time.exactly_between(first, middle),
        business_time.exactly_between(middle, last),
    ]
    assert business_time.exactly_between(first, last) == sum(parts, timedelta())
    assert business_time.between(last, first) == 0 or first == last


@given(calendars_and_starts(), instants)
def test_compiled_years_do_not_affect_results(
    case: tuple[Calendar, datetime], other: datetime
) -> None:
    calendar, start = case
    fresh = compile_calendar(calendar)
    answer = fresh.add(start, 40 * 3600)
    fresh.add(other, 2000 * 3600)
    assert fresh.add(start, 40 * 3600) == answer


@given(instants, st.integers(0, 10**9))
def test_around_the_clock_is_elapsed_time(start: datetime, seconds: int) -> None:
    every_day = Calendar(week={day: [("00:00", "12:00"), ("12:00", "24:00")] for day in DAYS})
    for calendar in (None, AROUND_THE_CLOCK, every_day):
        business_time = compile_calendar(calendar)
        end = start + seconds * SECOND
        assert business_time.add(start, seconds) == end
        assert business_time.between(start, end) == seconds
        assert business_time.is_open(start)
        assert business_time.next_open(start) == start
        assert business_time.is_workday(start.date())
        assert list(business_time.open_intervals(start, end)) == ([(start, end)] if seconds else [])


# By hand


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        ("2026-10-19T11:00", 3600, "2026-10-19T12:00"),  # until closing time: the closing instant
        ("2026-10-19T11:00", 3601, "2026-10-19T13:00:01"),
        ("2026-10-19T17:00", 3600, "2026-10-19T18:00"),
        ("2026-10-23T17:00", 7200, "2026-10-26T10:00"),  # over a weekend
        ("2026-10-24T12:00", 0, "2026-10-24T12:00"),  # 0 seconds: the start itself, though closed
        ("2026-10-24T12:00", 1, "2026-10-26T09:00:01"),
        ("2026-09-30T17:00", 2 * 3600, "2026-10-08T10:00"),  # National Day
        ("2026-10-09T17:00", 2 * 3600, "2026-10-10T10:00"),  # the Saturday worked in exchange
    ],
)
def test_office_hours_in_china(start: str, seconds: int, due: str) -> None:
    business_time = compile_calendar(Calendar(week=WEEK, public_holidays="CN"))
    assert business_time.add(shanghai(start), seconds) == shanghai(due)


def test_precedence() -> None:
    calendar = Calendar(
        week=WEEK,
        public_holidays="CN",
        closed_dates=["2026-10-10", "2026-10-12"],  # an adjusted working day and a Monday
        date_hours={"2026-10-12": [("10:00", "11:00")], "2026-10-01": [("08:00", "09:00")]},
    )
    business_time = compile_calendar(calendar)
    workdays = {day: business_time.is_workday(date(2026, 10, day)) for day in (1, 2, 8, 10, 11, 12)}
    assert workdays == {1: True, 2: False, 8: True, 10: False, 11: False, 12: True}
    assert business_time.next_open(shanghai("2026-10-09T20:00")) == shanghai("2026-10-12T10:00")


def test_an_adjusted_working_day_has_weekday_hours() -> None:
    week = {"tue": [("10:00", "16:00")], "sat": [("09:00", "10:00")]}
    business_time = compile_calendar(Calendar(week=week, public_holidays="CN"))
    day = shanghai("2026-10-10T00:00")
    assert business_time.between(day, day + timedelta(days=1)) == 6 * 3600
    only_saturdays = compile_calendar(Calendar(week={"sat": OFFICE}, public_holidays="CN"))
    assert only_saturdays.is_workday(date(2026, 10, 10))
    assert not only_saturdays.is_workday(date(2026, 10, 3))


def test_years_without_a_notice_of_the_state_council() -> None:
    business_time = compile_calendar(Calendar(week=WEEK, public_holidays="CN"))
    assert not business_time.is_workday(date(2030, 10, 1))
    assert business_time.is_workday(date(2030, 10, 8))


def test_hours_in_the_skipped_and_the_repeated_hour() -> None:
    nights = Calendar(tz="America/New_York", week={"sun": [("00:00", "01:30"), ("02:00", "04:00")]})
    business_time = compile_calendar(nights)

    def seconds_on(day: str) -> int:
        midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/New_York"))
        return business_time.between(midnight, midnight + timedelta(hours=5))

    assert seconds_on("2026-03-01") == 3.5 * 3600
    assert seconds_on("2026-03-08") == 2.5 * 3600  # 02:00–03:00 does not exist
    assert seconds_on("2026-11-01") == 4 * 3600  # 01:00–01:30 counts twice
    first_close = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert business_time.next_open(first_close) == datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


def test_local_times_are_measured_in_real_time() -> None:
    new_york = ZoneInfo("America/New_York")
    before = datetime(2026, 11, 1, 0, 0, tzinfo=new_york)
    after = datetime(2026, 11, 1, 3, 0, tzinfo=new_york)
    assert compile_calendar(None).between(before, after) == 4 * 3600


def test_distance_does_not_add_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing iterates over days: ten years look up as many days as one week does."""
    business_time = compile_calendar(Calendar(week=WEEK, tz="Europe/Berlin"))
    start = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    ten_years = 10 * 2080 * 3600
    due = business_time.add(start, ten_years)  # compiles those years
    days: list[int] = []
    hours_on = OpeningHours.hours_on

    def counted(self: OpeningHours, day: int) -> DayHours:
        days.append(day)
        return hours_on(self, day)

    monkeypatch.setattr(OpeningHours, "hours_on", counted)
    assert business_time.add(start, ten_years) == due
    assert 0 < len(days) <= 4


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        (Calendar(week={}), "no opening hours"),
        (Calendar(week={"mon": []}, date_hours={"2026-10-10": []}), "no opening hours"),
        (Calendar(week={"monday": OFFICE}), "'monday' is not a day"),
        (Calendar(week={"mon": [("09:00", "12:00"), ("11:00", "13:00")]}), "overlap"),
        (Calendar(week={"mon": [("22:00", "06:00")]}), "two intervals, one until 24:00"),
        (Calendar(week={"mon": [("09:00", "09:00")]}), "ends before it starts"),
        (Calendar(week={"mon": [("9:00", "10:00")]}), "'9:00' is not a time of day"),
        (Calendar(week={"mon": [("09:00", "24:01")]}), "'24:01' is not a time of day"),
        (Calendar(week={"mon": [("00:00", "00:01")] * 49}), "at most 48 intervals"),
        (Calendar(week=WEEK, tz="Mars/Olympus"), "'Mars/Olympus' is not a time zone"),
        (Calendar(week=WEEK, tz="../etc/passwd"), "is not a time zone"),
        (Calendar(week=WEEK, closed_dates=["20261001"]), "'20261001' is not a date"),
        (Calendar(week=WEEK, date_hours={"2026-02-29": OFFICE}), "'2026-02-29' is not a date"),
        (Calendar(week=WEEK, public_holidays="XX"), "'XX' is not known"),
        (Calendar(week=WEEK, public_holidays="US-ZZ"), "'US-ZZ' is not known"),
    ],
)
def test_calendars_that_cannot_be_used(calendar: Calendar, says: str) -> None:
    with pytest.raises(CalendarError, match=says):
        compile_calendar(calendar)


def test_a_calendar_that_never_opens_again() -> None:
    business_time = compile_calendar(Calendar(week={}, date_hours={"2026-10-10": OFFICE}))
    start = shanghai("2026-10-09T00:00")
    assert business_time.add(start, 8 * 3600) == shanghai("2026-10-10T18:00")
    assert len(list(business_time.open_intervals(start, start + timedelta(days=99)))) == 2
    with pytest.raises(CalendarError, match="never opens again"):
        business_time.add(start, 8 * 3600 + 1)
    with pytest.raises(CalendarError, match="never opens again"):
        business_time.next_open(shanghai("2026-10-10T18:00"))


def test_due_is_never_when_the_calendar_runs_out() -> None:
    business_time = compile_calendar(Calendar(week={}, date_hours={"2026-10-10": OFFICE}))
    start = shanghai("2026-10-09T00:00")
    day = timedelta(hours=8)
    assert business_time.due(start, day) == shanghai("2026-10-10T18:00")
    assert business_time.due(start, day + SECOND) == NEVER
    assert business_time.due(NEVER, SECOND) == NEVER
    a_minute_a_week = compile_calendar(Calendar(week={"mon": [("09:00", "09:01")]}))
    assert a_minute_a_week.due(start, timedelta(days=366)) == NEVER


def test_times_that_cannot_be_computed() -> None:
    business_time = compile_calendar(Calendar(week=WEEK))
    start = shanghai("2026-10-09T00:00")
    with pytest.raises(CalendarError, match="0 seconds or more"):
        business_time.add(start, -1)
    for calendar in (Calendar(week=WEEK), Calendar(week=WEEK, tz="Europe/Berlin"), None):
        with pytest.raises(CalendarError, match="after the year"):
            compile_calendar(calendar).add(start, 10**15)
    first_day = datetime(1, 1, 1, tzinfo=UTC)
    assert business_time.between(first_day + timedelta(days=1), first_day + timedelta(days=8)) > 0
    with pytest.raises(CalendarError, match="before 2 January of the year 1"):
        business_time.add(first_day, 1)
    with pytest.raises(CalendarError, match="before 2 January of the year 1"):
        business_time.is_workday(first_day.date())
    with pytest.raises(TypeError):
        business_time.add(datetime(2026, 10, 9), 1)  # noqa: DTZ001 — no time zone is the point
