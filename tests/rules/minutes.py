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

    def is_open(self, minute: datetime) -> bool:
        """Whether the minute that begins then is open."""
        local = minute.astimezone(self.zone)
        shown = f"{local.hour:02}:{local.minute:02}"
        return any(start <= shown < end for start, end in self.hours(local.date()))

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


@st.composite
def day_hours(draw: st.DrawFn) -> list[tuple[str, str]]:
    round_times = st.sampled_from([0, 60, 90, 120, 180, 540, 720, 1080, 1380, 1440])
    any_times = st.one_of(round_times, st.integers(0, 1440))
    ends = sorted(draw(st.sets(draw(st.sampled_from([round_times, any_times])), max_size=6)))
    return [
        (f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}")
        for start, end in zip(ends[::2], ends[1::2], strict=False)
    ]


@st.composite
def calendars_and_starts(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar with some opening hours, and a whole minute near an interesting date of it."""
    zone = draw(st.sampled_from(["Asia/Shanghai", *sorted(MOMENTS)]))
    day = date.fromisoformat(draw(st.sampled_from(MOMENTS[zone])))
    near = st.integers(-1, 4).map(lambda n: str(day + timedelta(days=n)))
    some_hours = draw(st.lists(day_hours(), min_size=1, max_size=3))
    week = {name: draw(st.sampled_from(some_hours)) for name in DAYS}
    if not any(week.values()):
        week["wed"] = [("00:00", "24:00")]
    calendar = Calendar(
        tz=zone,
        week=week,
        closed_dates=draw(st.lists(near, max_size=2)),
        date_hours=draw(st.dictionaries(near, day_hours(), max_size=2)),
        public_holidays=draw(st.sampled_from([None, *HOLIDAYS.get(zone, ["CN", "US-CA"])])),
    )
    minutes = draw(st.integers(0, 3 * 24 * 60))
    return calendar, datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * MINUTE
