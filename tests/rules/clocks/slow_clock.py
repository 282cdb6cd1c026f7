"""One clock of the oracle, and time counted minute by minute (slow_clocks.py). For tests only."""

from collections.abc import Callable, Iterator
from copy import copy

SECOND = 10**6
MINUTE = 60 * SECOND
NEVER = 10**18


class OpenTime(dict[int, bool]):
    """Whether each `step` since the base is open, computed on first access."""

    def __init__(self, is_open: Callable[[int], bool], end: int, step: int = MINUTE) -> None:
        """`is_open`: at an instant. From `end` on, nothing is open."""
        super().__init__()
        self.is_open = is_open
        self.end = end
        self.step = step

    def __missing__(self, nth: int) -> bool:
        opened = self[nth] = nth * self.step < self.end and self.is_open(nth * self.step)
        return opened


class SlowClock:
    def __init__(self, name: str, ordinal: int, start: int) -> None:
        self.name = name
        self.ordinal = ordinal
        self.start = start
        self.target = 0
        self.due = NEVER
        self.used = 0
        self.pauses: list[tuple[int, int]] = []
        self.paused_from: int | None = None
        self.moved_from = 0  # from when on the current pause moves the due time
        self.moves = False
        self.due_when_paused = NEVER
        self.ended: int | None = None
        self.how = ""
        self.ended_with_ticket = False
        self.set_manually = False
        self.highest = 0
        self.promised = False  # by the policy in force, or manually
        self.dropped: SlowClock | None = None  # as it was when a policy cancelled it

    def drop(self, now: int) -> "SlowClock":
        """A policy without a target: shown as cancelled, while it runs on unseen."""
        seen = copy(self)
        seen.pauses = list(self.pauses)
        seen.due = self.due if self.paused_from is None else self.due_when_paused
        seen.ended, seen.how, seen.paused_from = now, "cancelled", None
        self.promised, self.dropped = False, seen
        return seen

    @property
    def phase(self) -> str:
        if self.ended is not None:
            return self.how
        return "running" if self.paused_from is None else "paused"


class SlowTime:
    """Working time of each clock under its versions."""

    def __init__(self, open_time: dict[int | None, OpenTime]) -> None:
        self.open_time = open_time
        self.last, self.step = open_time[None].end, open_time[None].step
        self.versions: dict[SlowClock, tuple[int, int | None]] = {}

    def is_open(self, clock: SlowClock, instant: int) -> bool:
        if clock.name == "promise":
            return True
        return self.open_time[self.versions[clock][1]][instant // self.step]

    def pass_time(self, clock: SlowClock, start: int, end: int) -> None:
        """Within one minute."""
        if clock.phase == "running":
            clock.used += (end - start) * self.is_open(clock, start)
        elif clock.phase == "paused" and clock.moves:
            self.move(clock, start, end)

    def move(self, clock: SlowClock, start: int, end: int) -> None:
        """Move the due time by the open time between `start` and `end`."""
        for a, b in self.minutes(start, end):
            if self.is_open(clock, a):
                clock.due = self.add(clock, clock.due, b - a)

    def add(self, clock: SlowClock, start: int, missing: int) -> int:
        while missing:
            if start >= self.last:
                return NEVER
            left = self.step - start % self.step
            if self.is_open(clock, start):
                if missing <= left:
                    return start + missing
                missing -= left
            start += left
        return start

    def count(self, clock: SlowClock, start: int, end: int) -> int:
        if clock.name != "promise":
            end = min(end, self.last)
        return sum((b - a) * self.is_open(clock, a) for a, b in self.minutes(start, end))

    def minutes(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        return minutes_between(start, end, self.step)

    def used_by(self, clock: SlowClock, end: int) -> int:
        """Working time between the pauses."""
        used, since = 0, clock.start
        for start, stop in sorted(clock.pauses):
            used += self.count(clock, since, min(start, end))
            since = max(since, stop)
        return used + self.count(clock, since, end)


def minutes_between(start: int, end: int, step: int = MINUTE) -> Iterator[tuple[int, int]]:
    """(start, end) of each minute, the first and last ones clipped."""
    while start < end:
        stop = min(start + step - start % step, end)
        yield start, stop
        start = stop
