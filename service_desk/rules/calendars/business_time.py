"""Business time: adding and measuring working time on a business calendar (DESIGN §2.3, §3).

An instant is open when the local date and time in the calendar's time zone are within its opening
hours. So when the clocks change, opening hours in the skipped hour do not exist, and those in the
repeated hour count twice.

An adjusted working day (调休) replaces a weekday, so it has the hours of the first day from Monday
to Friday that has any; if none has, those of its own weekday.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from weakref import finalize

import msgspec

from service_desk.rules.calendars.business_calendar import (
    AROUND_THE_CLOCK,
    Calendar,
    CalendarError,
    Hours,
    ParsedCalendar,
    parse_calendar,
)
from service_desk.rules.calendars.open_timeline import OpenTimeline
from service_desk.rules.calendars.opening_hours import DAY, DayHours, OpeningHours, in_microseconds
from service_desk.rules.calendars.public_holidays import FIRST_HOLIDAY_YEAR, LAST_HOLIDAY_YEAR
from service_desk.rules.calendars.utc_offsets import EPOCH, instant, utc_offsets

__all__ = [
    "AROUND_THE_CLOCK",
    "NEVER",
    "BusinessTime",
    "Calendar",
    "CalendarError",
    "Hours",
    "compile_calendar",
]

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The due time of a clock that is never due."""

_NEVER = instant(NEVER)
_MICROSECOND = timedelta(microseconds=1)
_NO_TIME = timedelta()
_TOO_FAR = "That is after the year 9998, further than a calendar reaches."
_TOO_EARLY = "That is before 2 January of the year 1, earlier than a calendar reaches."


class _CompiledYears:
    """The years compiled so far; `timeline` is valid for instants from `start` until `end`."""

    __slots__ = ("end", "first_year", "last_year", "start", "timeline")

    def __init__(self, first_year: int, last_year: int, timeline: OpenTimeline) -> None:
        self.first_year = first_year
        self.last_year = last_year
        self.timeline = timeline
        # A day's margin at both ends, since local dates differ from those in UTC.
        self.start = date(first_year, 1, 1).toordinal() * DAY
        self.end = (date(last_year, 12, 31).toordinal() - 1) * DAY


class BusinessTime:
    """A compiled calendar. Takes aware datetimes in any zone, returns UTC.

    Exact to the microsecond internally; `between` rounds down to seconds.
    """

    def __init__(self, calendar: ParsedCalendar) -> None:
        self._zone = calendar.zone.key
        self._week = tuple(in_microseconds(hours) for hours in calendar.week)
        self._dates = {
            day.toordinal() - 1: in_microseconds(hours) for day, hours in calendar.dates.items()
        }
        self._holidays = calendar.holidays
        self._known: _CompiledYears | None = None

    def add(self, start: datetime, seconds: int) -> datetime:
        """The first instant with that much working time since `start`.

        A deadline that falls exactly on closing time is the closing instant, and adding 0 gives
        `start` itself, open or not; otherwise `add(add(t, a), b)` and `add(t, a + b)` could differ.
        Raises CalendarError if there is no such instant.
        """
        if seconds < 0:
            raise CalendarError("Working time can only be added: give 0 seconds or more.")
        return self._reached(start, seconds * 1_000_000)

    def add_exactly(self, start: datetime, working_time: timedelta) -> datetime:
        """As `add`, to the microsecond."""
        return self._reached(start, working_time // _MICROSECOND)

    def due(self, start: datetime, working_time: timedelta) -> datetime:
        """As `add_exactly`, for a promise: NEVER if there is no such instant.

        Tickets are still opened when a calendar in force has run out of dates.
        """
        first, missing = instant(start), working_time // _MICROSECOND
        try:
            reached = self._add(first, missing) if missing else first
        except CalendarError:
            return NEVER
        return _datetime(reached) if reached < _NEVER else NEVER

    def between(self, start: datetime, end: datetime) -> int:
        """Working seconds from `start` to `end`, rounded down; 0 if `end` is before `start`."""
        return self.exactly_between(start, end) // timedelta(seconds=1)

    def exactly_between(self, start: datetime, end: datetime) -> timedelta:
        """As `between`, to the microsecond."""
        first, last = instant(start), instant(end)
        return self._between(first, last) * _MICROSECOND if first < last else _NO_TIME

    def is_open(self, at: datetime) -> bool:
        """The opening instant counts as open, the closing instant as closed."""
        now = instant(at)
        return self._timeline(now, now).is_open(now)

    def next_open(self, start: datetime) -> datetime:
        """`start` itself if it is open. Raises CalendarError if it never opens again."""
        return self.add_exactly(start, _MICROSECOND) - _MICROSECOND

    def is_workday(self, day: date) -> bool:
        """Whether that local date has opening hours."""
        midnight = (day.toordinal() - 1) * DAY
        return self._timeline(midnight, midnight).is_workday(day)

    def open_intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open intervals between `start` and `end`, clipped to them, in order."""
        opened = closed = None
        for opens, closes in self._open_pieces(instant(start), instant(end)):
            if closed != opens:
                if opened is not None and closed is not None:
                    yield _datetime(opened), _datetime(closed)
                opened = opens
            closed = closes
        if opened is not None and closed is not None:
            yield _datetime(opened), _datetime(closed)

    def _open_pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """As open_intervals, but split at midnight and where the UTC offset changes."""
        while start < end:
            try:
                opens = self._add(start, 1) - 1
            except CalendarError:
                return
            if opens >= end:
                return
            start = min(self._timeline(opens, opens).closes(opens), end)
            yield opens, start

    def _reached(self, start: datetime, missing: int) -> datetime:
        return _datetime(self._add(instant(start), missing) if missing else instant(start))

    def _between(self, start: int, end: int) -> int:
        timeline = self._timeline(start, end)
        return timeline.open_before(end) - timeline.open_before(start)

    def _add(self, start: int, missing: int) -> int:
        timeline = self._timeline(start, start)
        while True:
            end = timeline.instant_of(timeline.open_before(start) + missing)
            wider = self._timeline(start, end)
            if wider is timeline:
                return end
            timeline = wider

    def _timeline(self, start: int, end: int) -> OpenTimeline:
        """Valid from a day before `start` to a day after `end`, at least."""
        known = self._known
        if known is not None and known.start <= start and end < known.end:
            return known.timeline
        first, last = _year(start - DAY), _year(end + DAY)
        if known is not None:
            first, last = min(first, known.first_year), max(last, known.last_year)
        hours = OpeningHours(self._week, self._special_days(first, last))
        timeline = OpenTimeline(hours, utc_offsets(self._zone, first, last))
        self._known = _CompiledYears(first, last, timeline)
        return timeline

    def _special_days(self, first_year: int, last_year: int) -> dict[int, DayHours]:
        if self._holidays is None:
            return self._dates
        weekday_hours = next((hours for hours in self._week[:5] if hours), None)
        special: dict[int, DayHours] = {}
        for year in range(
            max(first_year, FIRST_HOLIDAY_YEAR), min(last_year, LAST_HOLIDAY_YEAR) + 1
        ):
            found = self._holidays(year)
            special.update(dict.fromkeys(found.closed, ()))
            if weekday_hours is not None:
                special.update(dict.fromkeys(found.adjusted_workdays, weekday_hours))
        special.update(self._dates)
        return special


class _AroundTheClock(BusinessTime):
    def is_open(self, at: datetime) -> bool:
        return True

    def open_intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        if instant(start) < instant(end):
            yield _datetime(instant(start)), _datetime(instant(end))

    def _add(self, start: int, missing: int) -> int:
        return start + missing

    def _between(self, start: int, end: int) -> int:
        return end - start


def compile_calendar(calendar: Calendar | None) -> BusinessTime:
    """Cached. None: around the clock. Raises CalendarError for a calendar that cannot be used."""
    if calendar is None or calendar is AROUND_THE_CLOCK:
        return _AROUND_THE_CLOCK
    business_time = _compiled.get(id(calendar))
    if business_time is None:
        business_time = _compile(msgspec.json.encode(calendar))
        _compiled[id(calendar)] = business_time
        finalize(calendar, _compiled.pop, id(calendar)).atexit = False
    return business_time


# By the identity of live calendars: clocks ask for the same few objects again and again, and with
# their holidays these take long to encode.
_compiled: dict[int, BusinessTime] = {}


@lru_cache(maxsize=1024)
def _compile(calendar: bytes) -> BusinessTime:
    read = parse_calendar(msgspec.json.decode(calendar, type=Calendar))
    plain = not read.dates and read.holidays is None
    if plain and all(hours == ((0, 24 * 60),) for hours in read.week):
        return _AroundTheClock(read)
    return BusinessTime(read)


_AROUND_THE_CLOCK = _AroundTheClock(parse_calendar(AROUND_THE_CLOCK))


def _datetime(instant: int) -> datetime:
    try:
        return EPOCH + instant * _MICROSECOND
    except OverflowError:
        raise CalendarError(_TOO_FAR) from None


def _year(instant: int) -> int:
    if instant < 0:
        raise CalendarError(_TOO_EARLY)
    try:
        return date.fromordinal(instant // DAY + 1).year
    except (ValueError, OverflowError):
        raise CalendarError(_TOO_FAR) from None
