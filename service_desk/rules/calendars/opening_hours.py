"""Open time in local time, without time zones.

A moment is whole microseconds of local time since 0001-01-01 00:00, a Monday; a day is a number
too. `open_before(moment)` counts the open microseconds before it: whole weeks by multiplication,
plus a prefix sum of what special days add or remove. Its inverse takes two bisections. Nothing
iterates over days, whatever the distance.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from service_desk.rules.calendars.business_calendar import CalendarError, Minutes

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE

DayHours = tuple[tuple[int, int], ...]
"""Intervals of one day in microseconds after midnight."""


class OpeningHours:
    """Seven days from Monday that repeat, and special days with other hours."""

    def __init__(self, week: Sequence[DayHours], special: Mapping[int, DayHours]) -> None:
        self._week = week
        self._lengths = [_length(hours) for hours in week]
        self._before_weekday = [sum(self._lengths[:weekday]) for weekday in range(7)]
        self._per_week = sum(self._lengths)
        self._special = special
        self._special_days = sorted(special)
        self._shift = [0]  # [n]: what the first n special days add to the plain weeks
        self._before_special: list[int] = []
        shift = 0
        for day in self._special_days:
            self._before_special.append(self._in_plain_weeks(day) + shift)
            shift += _length(special[day]) - self._lengths[day % 7]
            self._shift.append(shift)

    def hours_on(self, day: int) -> DayHours:
        special = self._special.get(day)
        return self._week[day % 7] if special is None else special

    def open_before(self, moment: int) -> int:
        day, after_midnight = divmod(moment, DAY)
        total = self._in_plain_weeks(day) + self._shift[bisect_left(self._special_days, day)]
        for start, end in self.hours_on(day):
            if after_midnight <= start:
                break
            total += min(after_midnight, end) - start
        return total

    def open_between(self, start: int, end: int) -> int:
        """Negative if `end` is before `start`."""
        if start > end:
            return -self.open_between(end, start)
        day = start // DAY
        if end > (day + 1) * DAY:
            return self.open_before(end) - self.open_before(start)
        start, end = start - day * DAY, end - day * DAY
        total = 0
        for opens, closes in self.hours_on(day):
            if opens < end and start < closes:
                total += min(end, closes) - max(start, opens)
        return total

    def moment_of(self, open_time: int) -> int:
        """The first moment with that much open time before it; at closing time the closing moment,
        not the next opening. Raises CalendarError if there is none."""
        i = bisect_left(self._before_special, open_time) - 1
        if i < 0:
            return self._moment_in_plain_weeks(open_time - self._shift[0])
        day = self._special_days[i]
        missing = open_time - self._before_special[i]
        if missing <= _length(self._special[day]):
            return day * DAY + _moment_in_day(self._special[day], missing)
        return self._moment_in_plain_weeks(open_time - self._shift[i + 1])

    def _in_plain_weeks(self, day: int) -> int:
        return day // 7 * self._per_week + self._before_weekday[day % 7]

    def _moment_in_plain_weeks(self, open_time: int) -> int:
        if not self._per_week:
            raise CalendarError("This calendar never opens again after the last of its dates.")
        weeks, missing = divmod(open_time - 1, self._per_week)
        missing += 1
        weekday = bisect_left(self._before_weekday, missing) - 1
        missing -= self._before_weekday[weekday]
        return (weeks * 7 + weekday) * DAY + _moment_in_day(self._week[weekday], missing)


def _moment_in_day(hours: DayHours, missing: int) -> int:
    for start, end in hours:
        if missing <= end - start:
            return start + missing
        missing -= end - start
    raise AssertionError("more open time is missing than the day has")


def _length(hours: DayHours) -> int:
    total = 0
    for start, end in hours:
        total += end - start
    return total


def in_microseconds(hours: Minutes) -> DayHours:
    return tuple((start * MINUTE, end * MINUTE) for start, end in hours)
