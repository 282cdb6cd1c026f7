"""A clock drawn as a line: positions are in percent of its width."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from service_desk.rules.calendars.business_time import BusinessTime
from service_desk.rules.clocks.clock import Clock
from service_desk.rules.clocks.trail import ClockStep, Stretch, stretches

LEFT, RIGHT = 2.0, 97.0  # percent: room for the marks at both ends
MIN_SPAN = timedelta(minutes=1)
MAX_SPAN_WITH_HOURS = timedelta(days=92)  # beyond that, working hours are too narrow to see
MIN_GAP = 0.2  # percent

MarkKind = Literal["running", "late", "paused", "ended", "ahead"]
_Part = tuple[MarkKind, datetime, datetime, int | None]


class Piece(Struct, frozen=True):
    """A span of time on the line; `ahead` is still to come, and a running one ends now. `trigger`:
    index of the event that it began with."""

    kind: MarkKind
    x: float
    width: float
    start: datetime
    end: datetime
    trigger: int | None


class OpenBand(Struct, frozen=True):
    x: float
    width: float


class Drawing(Struct, frozen=True):
    """`due_at`: of a paused clock, when it would be due if resumed now. `now_x`: None once the
    clock has ended; `end_x`: None until then."""

    pieces: list[Piece]
    hours: list[OpenBand]
    start_x: float
    due_x: float
    due_at: datetime
    now_x: float | None
    end_x: float | None


def draw(steps: Sequence[ClockStep], business_time: BusinessTime, now: datetime) -> Drawing:
    """From the clock's start to its due time, or to now or its end, whichever is later."""
    clock = steps[-1].clock
    ended_at = clock.met_at or clock.cancelled_at
    until = ended_at or max(now, clock.started_at)
    due_at = _due_as_of(clock, business_time, until)
    scale = _Scale(clock.started_at, max(due_at, until))
    parts = [part for stretch in stretches(steps) for part in _cut(stretch, until, due_at)]
    if ended_at is None and due_at > until:
        parts.append(("ahead", until, due_at, None))
    return Drawing(
        pieces=[
            Piece(kind, scale.x(start), scale.x(end) - scale.x(start), start, end, trigger)
            for kind, start, end, trigger in parts
        ],
        hours=_hours(scale, business_time),
        start_x=scale.x(clock.started_at),
        due_x=scale.x(due_at),
        due_at=due_at,
        now_x=scale.x(until) if ended_at is None else None,
        end_x=scale.x(ended_at) if ended_at else None,
    )


class _Scale:
    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.end = max(end, start + MIN_SPAN)

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0), 3)


def _due_as_of(clock: Clock, business_time: BusinessTime, now: datetime) -> datetime:
    """A pause that began before the due time moves it by its length so far."""
    if clock.phase != "paused" or clock.due_at < clock.anchor_at:
        return clock.due_at
    pause = business_time.exactly_between(clock.anchor_at, now)
    return business_time.due(clock.due_at, pause)


def _cut(stretch: Stretch, until: datetime, due_at: datetime) -> list[_Part]:
    """The parts before and after the due time: running time after it is late."""
    start, end, trigger = stretch.start, stretch.end or until, stretch.trigger
    if start >= end:
        return []
    if stretch.state != "running":
        return [(stretch.state, start, end, trigger)]
    if end <= due_at:
        return [("running", start, end, trigger)]
    if start >= due_at:
        return [("late", start, end, trigger)]
    return [("running", start, due_at, trigger), ("late", due_at, end, trigger)]


def _hours(scale: _Scale, business_time: BusinessTime) -> list[OpenBand]:
    """The working hours; intervals too close to tell apart are joined."""
    if scale.end - scale.start > MAX_SPAN_WITH_HOURS:
        return []
    joined: list[tuple[float, float]] = []
    for opens, closes in business_time.open_intervals(scale.start, scale.end):
        start, end = scale.x(opens), scale.x(closes)
        if joined and start - joined[-1][1] < MIN_GAP:
            start = joined.pop()[0]
        joined.append((start, end))
    return [OpenBand(start, round(end - start, 3)) for start, end in joined]
