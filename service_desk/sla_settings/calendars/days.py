"""The days of the coming year that differ from a calendar's weekly hours, for the preview."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from service_desk.rules.calendars.business_calendar import Hours, Minutes, parse_calendar
from service_desk.rules.calendars.business_time import BusinessTime, Calendar, compile_calendar

AHEAD = 366  # days


class SpecialDays(Struct, frozen=True):
    """Consecutive days with the same hours, which differ from their weekdays'."""

    first: date
    last: date
    hours: Hours


def special_days(calendar: Calendar, now: datetime) -> list[SpecialDays]:
    """In the coming year. Raises CalendarError."""
    business_time = compile_calendar(calendar)
    found: list[SpecialDays] = []
    for day, hours in _differing(calendar, business_time, now):
        before = found[-1] if found else None
        if before and before.last + timedelta(days=1) == day and before.hours == hours:
            found[-1] = SpecialDays(before.first, day, hours)
        else:
            found.append(SpecialDays(day, day, hours))
    return found


def date_ranges(days: Iterable[date]) -> list[tuple[date, date]]:
    """First and last day of each run of consecutive days. `days`: in order."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] + timedelta(days=1) == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _differing(
    calendar: Calendar, business_time: BusinessTime, now: datetime
) -> Iterator[tuple[date, Hours]]:
    zone = ZoneInfo(calendar.tz)
    week = [_hours(day) for day in parse_calendar(calendar).week]
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=n) for n in range(AHEAD)):
        hours = _hours_on(day, business_time, zone)
        if hours != week[day.weekday()]:
            yield day, hours


def _hours_on(day: date, business_time: BusinessTime, zone: ZoneInfo) -> Hours:
    if not business_time.is_workday(day):
        return []
    midnight = datetime.combine(day, time(), zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return [
        (f"{start.astimezone(zone):%H:%M}", _end(end.astimezone(zone), day))
        for start, end in business_time.open_intervals(midnight, next_midnight)
    ]


def _hours(intervals: Minutes) -> Hours:
    return [(_clock(start), _clock(end)) for start, end in intervals]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _end(at: datetime, day: date) -> str:
    return "24:00" if at.date() != day else f"{at:%H:%M}"
