"""One clock the slow way, and time counted minute by minute (slow_clocks.py). For tests only."""

from collections.abc import Sequence
from copy import copy

NEVER = 10**9
Openness = Sequence[bool]


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
        self.moved_from = 0  # the minute from which the present pause moves the due time
        self.moves = False
        self.due_when_paused = NEVER
        self.ended: int | None = None
        self.how = ""
        self.halted = False
        self.by_hand = False
        self.highest = 0
        self.promised = False  # by the policy in force, or by hand
        self.dropped: SlowClock | None = None  # as it was when a policy did so

    def drop(self, now: int) -> "SlowClock":
        """A policy without a target: cancelled to the eye, and it goes on unseen."""
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
    """What working time is, for each clock under the versions it has."""

    def __init__(self, open_minutes: dict[int | None, Openness]) -> None:
        self.open_minutes = open_minutes
        self.versions: dict[SlowClock, tuple[int, int | None]] = {}

    def is_open(self, clock: SlowClock, minute: int) -> bool:
        if clock.name == "promise":
            return True
        opened = self.open_minutes[self.versions[clock][1]]
        return minute < len(opened) and opened[minute]

    def pass_minute(self, clock: SlowClock, now: int) -> None:
        if clock.phase == "running":
            clock.used += self.is_open(clock, now)
        elif clock.phase == "paused" and clock.moves:
            self.move(clock, now)

    def move(self, clock: SlowClock, minute: int) -> None:
        if self.is_open(clock, minute):
            clock.due = self.add(clock, clock.due, 1)

    def add(self, clock: SlowClock, start: int, minutes: int) -> int:
        end = 10**9 if clock.name == "promise" else len(self.open_minutes[None])
        while minutes:
            if start >= end:
                return NEVER
            minutes -= self.is_open(clock, start)
            start += 1
        return start

    def count(self, clock: SlowClock, start: int, end: int) -> int:
        return sum(self.is_open(clock, minute) for minute in range(start, end))

    def used_by(self, clock: SlowClock, end: int) -> int:
        paused = {minute for start, stop in clock.pauses for minute in range(start, stop)}
        return sum(
            self.is_open(clock, minute)
            for minute in range(clock.start, end)
            if minute not in paused
        )
