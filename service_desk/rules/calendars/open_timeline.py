"""Open time along real time: opening hours on a wall clock whose UTC offset changes.

Instants are whole microseconds (utc_offsets.py). Within a stretch of constant offset the wall clock
just runs, so opening hours answer there; what each change gains or loses is a prefix sum.
"""

from bisect import bisect_left
from datetime import date
from itertools import pairwise

from service_desk.rules.calendars.opening_hours import DAY, OpeningHours
from service_desk.rules.calendars.utc_offsets import Offsets


class OpenTimeline:
    """`open_before(instant)` and its inverse, as in OpeningHours, for the years both cover."""

    def __init__(self, hours: OpeningHours, zone: Offsets) -> None:
        self._hours = hours
        self._zone = zone
        self._gained = [0]  # open time that the wall clock was set back to, less what it skipped
        for start, (old, new) in zip(zone.starts[1:], pairwise(zone.offsets), strict=True):
            self._gained.append(self._gained[-1] + hours.open_between(start + new, start + old))
        self._open_before_starts = [self.open_before(start) for start in zone.starts[1:]]

    def open_before(self, instant: int) -> int:
        i = self._zone.at(instant)
        return self._hours.open_before(instant + self._zone.offsets[i]) + self._gained[i]

    def instant_of(self, open_time: int) -> int:
        """The first instant with that much open time before it. Raises CalendarError if none."""
        i = bisect_left(self._open_before_starts, open_time)
        return self._hours.moment_of(open_time - self._gained[i]) - self._zone.offsets[i]

    def is_open(self, instant: int) -> bool:
        day, after_midnight = self._read_local_time(instant)
        return any(start <= after_midnight < end for start, end in self._hours.hours_on(day))

    def closes(self, instant: int) -> int:
        """Where the hours of an open instant end, or its UTC offset if that ends first."""
        day, after_midnight = self._read_local_time(instant)
        end = next(end for _, end in self._hours.hours_on(day) if after_midnight < end)
        closing = instant + end - after_midnight
        i = self._zone.at(instant) + 1
        return min([closing, *self._zone.starts[i : i + 1]])

    def is_workday(self, day: date) -> bool:
        return bool(self._hours.hours_on(day.toordinal() - 1))

    def _read_local_time(self, instant: int) -> tuple[int, int]:
        return divmod(instant + self._zone.offsets[self._zone.at(instant)], DAY)
