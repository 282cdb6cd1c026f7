"""An oracle for business time that looks at every minute. For tests only.

Shares nothing with the code under test but the Calendar itself.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar as _chinese_calendar
from holidays import country_holidays
from hypothesis import strategies as st

from service_desk.rules.calendars.business_time import Calendar

MINUTE = timedelta(minutes=1)
chinese_calendar: Any = _chinese_calendar  # it has no types
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

# Dates around which the clocks change (by an hour, half an hour, a whole day; at midnight, or a
# minute past), a Saturday is worked, or the year ends.
MOMENTS = {
    "Asia/Shanghai": ["2026-09-30", "2026-10-09", "2026-02-13", "2025-12-31", "2026-05-08"],
    "America/New_York": ["2026-03-07", "2026-10-31", "2026-07-03", "2027-12-30"],
    "Europe/Berlin": ["2026-03-28", "2026-10-24"],
    "Australia/Lord_Howe": ["2026-04-04", "2026-10-03"],
    "America/St_Johns": ["2010-11-06", "2010-03-13"],
    "America/Havana": ["2025-03-08", "2025-11-01"],
    "Pacific/Apia": ["2011-12-28"],
    "Asia/Kathmandu": ["2026-06-06"],
}
HOLIDAYS = {"Asia/Shanghai": ["CN", "CN"]}


class MinuteCalendar:
    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.tz)
        self.hours = cache(self._hours)
        self.open_minutes = cache(self._open_minutes)

    def is_open(self, minute: datetime) -> bool:
        """Whether the minute that begins then is open."""
        local = minute.astimezone(self.zone)
        return local.hour * 60 + local.minute in self.open_minutes(local.date())

    def _open_minutes(self, day: date) -> frozenset[int]:
        """Minutes of its day, as the clock on the wall shows them."""
        return frozenset(
            minute
            for start, end in self.hours(day)
            for minute in range(minute_of_day(start), minute_of_day(end))
        )

    def _hours(self, day: date) -> list[tuple[str, str]]:
        calendar = self.calendar
        if str(day) in calendar.date_hours:
            return calendar.date_hours[str(day)]
        if str(day) in calendar.closed_dates:
            return []
        if calendar.public_holidays is not None:
            if self.is_holiday(day):
                return []
            if self.is_adjusted_workday(day):
                weekday_hours = [
                    calendar.week[name] for name in DAYS[:5] if calendar.week.get(name)
                ]
                if weekday_hours:
                    return weekday_hours[0]
        return calendar.week.get(DAYS[day.weekday()], [])

    def is_holiday(self, day: date) -> bool:
        country, _, part = (self.calendar.public_holidays or "").partition("-")
        if country == "CN" and day.year <= 2026:
            is_off, name = chinese_calendar.get_holiday_detail(day)
            return is_off and name is not None
        return day in country_holidays(country, subdiv=part or None)

    def is_adjusted_workday(self, day: date) -> bool:
        if self.calendar.public_holidays == "CN" and day.year <= 2026:
            return day.weekday() >= 5 and chinese_calendar.is_workday(day)
        return False

    def add(self, start: datetime, minutes: int, until: datetime) -> datetime | None:
        """None: not before `until`."""
        while minutes > 0:
            if start >= until:
                return None
            if self.is_open(start):
                minutes -= 1
            start += MINUTE
        return start

    def between(self, start: datetime, end: datetime) -> int:
        minutes = 0
        while start < end:
            minutes += self.is_open(start)
            start += MINUTE
        return minutes

    def next_open(self, start: datetime, until: datetime) -> datetime | None:
        while not self.is_open(start):
            start += MINUTE
            if start >= until:
                return None
        return start


def minute_of_day(shown: str) -> int:
    return int(shown[:2]) * 60 + int(shown[3:])


# Strategies are made once: Hypothesis looks long at each new one.


def hours_between(times: set[int]) -> list[tuple[str, str]]:
    ends = sorted(times)
    return [
        (f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}")
        for start, end in zip(ends[::2], ends[1::2], strict=False)
    ]


ROUND_TIMES = st.sampled_from([0, 60, 90, 120, 180, 540, 720, 1080, 1380, 1440])
ANY_TIMES = st.one_of(ROUND_TIMES, st.integers(0, 1440))
DAY_HOURS = st.one_of(st.sets(ROUND_TIMES, max_size=6), st.sets(ANY_TIMES, max_size=6)).map(
    hours_between
)
SOME_HOURS = st.lists(DAY_HOURS, min_size=1, max_size=3)
ZONES = st.sampled_from(["Asia/Shanghai", *sorted(MOMENTS)])
MOMENTS_OF = {zone: st.sampled_from(days) for zone, days in MOMENTS.items()}
HOLIDAYS_OF = {
    zone: st.sampled_from([None, *HOLIDAYS.get(zone, ["CN", "US-CA"])]) for zone in MOMENTS
}
STARTS = st.integers(0, 3 * 24 * 60)


class DatesNear:
    def __init__(self, day: date) -> None:
        near = st.integers(-1, 4).map(lambda n: str(day + timedelta(days=n)))
        self.closed = st.lists(near, max_size=2)
        self.with_hours = st.dictionaries(near, DAY_HOURS, max_size=2)


dates_near = cache(DatesNear)


@st.composite
def calendars_and_starts(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar with some opening hours, and a whole minute near an interesting date of it."""
    zone = draw(ZONES)
    day = date.fromisoformat(draw(MOMENTS_OF[zone]))
    one_of_some = st.sampled_from(draw(SOME_HOURS))
    week = {name: draw(one_of_some) for name in DAYS}
    if not any(week.values()):
        week["wed"] = [("00:00", "24:00")]
    calendar = Calendar(
        tz=zone,
        week=week,
        closed_dates=draw(dates_near(day).closed),
        date_hours=draw(dates_near(day).with_hours),
        public_holidays=draw(HOLIDAYS_OF[zone]),
    )
    minutes = draw(STARTS)
    return calendar, datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * MINUTE
