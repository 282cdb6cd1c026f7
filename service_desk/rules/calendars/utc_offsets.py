"""The periods of constant UTC offset of a time zone.

zoneinfo gives the offset at an instant, but not when it changes; so changes are searched for, year
by year, on first use, and cached. In the far future only fourteen kinds of years remain.
"""

from bisect import bisect_right
from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

EPOCH = datetime(1, 1, 1, tzinfo=UTC)
"""Instants are whole microseconds since then."""

FIRST_OFFSET_YEAR, LAST_OFFSET_YEAR = 1900, 9998
_REGULAR_AFTER = 2200  # after it, zones follow rules such as "the second Sunday in March"
_STEP = timedelta(days=3)  # since 1900 no zone has changed twice within three days
_MICROSECOND = timedelta(microseconds=1)


def _kind(year: int) -> tuple[int, bool]:
    """Years of one length that begin on the same weekday change on the same dates by such rules."""
    return date(year, 1, 1).weekday(), isleap(year)


_SAME_YEARS = {_kind(year): year for year in range(_REGULAR_AFTER + 40, _REGULAR_AFTER, -1)}


class Offsets:
    """`offsets[i]` (microseconds) holds from the instant `starts[i]` until `starts[i+1]`; the first
    period has no beginning, the last no end."""

    __slots__ = ("offsets", "starts")

    def __init__(self, starts: list[int], offsets: list[int]) -> None:
        self.starts = starts
        self.offsets = offsets

    def at(self, instant: int) -> int:
        """Index of the period that the instant is in."""
        return bisect_right(self.starts, instant, lo=1) - 1


@lru_cache(maxsize=4096)
def utc_offsets(zone: str, first_year: int, last_year: int) -> Offsets:
    """Valid for all instants of these years (UTC), at least."""
    last_known = LAST_OFFSET_YEAR if _changes(zone, _REGULAR_AFTER) else _REGULAR_AFTER
    first = min(max(first_year, FIRST_OFFSET_YEAR), last_known)
    last = min(max(last_year, FIRST_OFFSET_YEAR), last_known)
    starts, offsets = [0], [_offset(ZoneInfo(zone), datetime(first, 1, 1, tzinfo=UTC))]
    for year in range(first, last + 1):
        for start, offset in _changes(zone, year):
            starts.append(start)
            offsets.append(offset)
    return Offsets(starts, offsets)


@cache
def _changes(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """The instants in that year (UTC) at which the offset changes, each with the new offset."""
    if year > _REGULAR_AFTER:
        same = _SAME_YEARS[_kind(year)]
        if same != year:
            shift = instant(datetime(year, 1, 1, tzinfo=UTC)) - instant(
                datetime(same, 1, 1, tzinfo=UTC)
            )
            return tuple((start + shift, offset) for start, offset in _changes(name, same))
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
    """The instant of the only change after `before` and up to `after`."""
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
    """`at`: aware, in any zone."""
    return (at - EPOCH) // _MICROSECOND
