"""The stretches of constant UTC offset of a time zone.

zoneinfo tells the offset at an instant but not when it changes, so the changes are searched for,
year by year, when first needed, and kept.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

EPOCH = datetime(1, 1, 1, tzinfo=UTC)
"""Instants are whole microseconds since then."""

FIRST_YEAR, LAST_YEAR = 1900, 9998
_SETTLED_YEAR = 2200
_STEP = timedelta(days=3)  # no zone has changed twice within three days since 1900
_MICROSECOND = timedelta(microseconds=1)


class Offsets:
    """`starts[i]`: the instant from which `offsets[i]` (microseconds) holds, until `starts[i+1]`.

    Holds for the years asked for; the first stretch has no beginning, the last no end.
    """

    __slots__ = ("offsets", "starts")

    def __init__(self, starts: list[int], offsets: list[int]) -> None:
        self.starts = starts
        self.offsets = offsets

    def at(self, instant: int) -> int:
        """Index of the stretch that instant is in."""
        return bisect_right(self.starts, instant, lo=1) - 1


class TimeZone:
    """Offsets of one zone, for as many years as were asked for."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: tuple[int, int, Offsets] | None = None

    def offsets(self, first_year: int, last_year: int) -> Offsets:
        """Right for all instants of these years (UTC) at least."""
        first, last = self._clamp(first_year), self._clamp(last_year)
        known = self._known
        if known and known[0] <= first and last <= known[1]:
            return known[2]
        if known:
            first, last = min(first, known[0]), max(last, known[1])
        starts = [0]
        offsets = [_offset(self._zone, datetime(first, 1, 1, tzinfo=UTC))]
        for year in range(first, last + 1):
            for start, offset in _changes(self._zone.key, year):
                starts.append(start)
                offsets.append(offset)
        found = Offsets(starts, offsets)
        self._known = first, last, found
        return found

    def _clamp(self, year: int) -> int:
        last = LAST_YEAR if _changes(self._zone.key, _SETTLED_YEAR) else _SETTLED_YEAR
        return min(max(year, FIRST_YEAR), last)


@cache
def time_zone(name: str) -> TimeZone:
    return TimeZone(ZoneInfo(name))


@cache
def _changes(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """The instants in that year (UTC) at which the offset changes, each with the new offset."""
    zone = ZoneInfo(name)
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    marks: list[datetime] = []
    while at < end:
        marks.append(at)
        at += _STEP
    marks.append(end)
    known = [(mark, _offset(zone, mark)) for mark in marks]
    return tuple(
        (_change_between(zone, before, after), new)
        for (before, old), (after, new) in pairwise(known)
        if old != new
    )


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> int:
    """The instant of the one change after `before`, at or before `after`."""
    old, low, high = _offset(zone, before), 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return instant(before + timedelta(seconds=high))


def _offset(zone: ZoneInfo, at: datetime) -> int:
    wall = at.astimezone(zone).replace(tzinfo=UTC)
    return (wall - at) // _MICROSECOND


def instant(at: datetime) -> int:
    """Of an aware datetime, in any zone."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
