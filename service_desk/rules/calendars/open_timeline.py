"""Open time on the UTC timeline: opening hours in a time zone whose offset changes.

Instants are whole microseconds (utc_offsets.py). While the offset is constant, opening hours apply
directly; the open time that each change adds or removes is kept as a prefix sum.
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
        self._gained = [0]  # open time repeated by offset changes so far, minus open time skipped
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
        """The end of an open instant's interval, or the next offset change if that is first."""
        day, after_midnight = self._read_local_time(instant)
        end = next(end for _, end in self._hours.hours_on(day) if after_midnight < end)
        closing = instant + end - after_midnight
        i = self._zone.at(instant) + 1
        return min([closing, *self._zone.starts[i : i + 1]])

    def is_workday(self, day: date) -> bool:
        return bool(self._hours.hours_on(day.toordinal() - 1))

    def _read_local_time(self, instant: int) -> tuple[int, int]:
        return divmod(instant + self._zone.offsets[self._zone.at(instant)], DAY)
