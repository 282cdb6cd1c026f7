"""One SLA clock, and reading it: how much is used up, what state it is in, when levels are reached.

A deadline is kept up to and including its instant: a clock is breached once now > due_at, and a
level is reached once now > its instant. So what happens at the very instant of a deadline is in
time, whether the sweep or the agent came first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec

from service_desk.rules.calendars.business_time import NEVER, BusinessTime

Phase = Literal["running", "paused", "met", "cancelled"]
PHASES: tuple[Phase, ...] = get_args(Phase)
ClockState = Literal["running", "paused", "met", "breached", "cancelled"]

_SECOND = timedelta(seconds=1)
BREACH_PERCENT = 100  # percent: the target is used up, the clock is due


class Event(msgspec.Struct, frozen=True):
    """A ticket event as the clocks see it. `data`: as in JSON, or with datetimes as they are."""

    type: str
    at: datetime
    data: dict[str, Any] = {}


class Clock(msgspec.Struct, frozen=True):
    """One clock of one ticket: the ordinal-th of that name.

    While running, elapsed(t) = anchor_elapsed + working seconds between anchor_at and t. While
    paused, anchor_elapsed is what was used up when it paused, and due_at the due time it would have
    if it resumed at anchor_at. Seconds are working seconds of `calendar_version` (None: around the
    clock). `pauses` are those that have ended, reopenings among them; `paused_seconds` their sum.
    """

    name: str
    ordinal: int
    started_at: datetime
    target_seconds: int
    due_at: datetime
    phase: Phase
    anchor_at: datetime
    anchor_elapsed: int
    policy_version: int
    calendar_version: int | None
    paused_seconds: int = 0
    met_at: datetime | None = None
    paused_at: datetime | None = None
    cancelled_at: datetime | None = None
    due_set_manually: bool = False
    pauses: tuple[tuple[datetime, datetime], ...] = ()


def elapsed(clock: Clock, now: datetime, business_time: BusinessTime) -> int:
    """Working seconds used up as of now; for an ended clock as of its end."""
    if clock.phase == "paused":
        return clock.anchor_elapsed
    end = _ended_at(clock)
    until = now if end is None else min(now, end)
    used = _used_at_anchor(clock, business_time)
    return (used + business_time.exactly_between(clock.anchor_at, until)) // _SECOND


def remaining_seconds(clock: Clock, now: datetime, business_time: BusinessTime) -> int:
    """Working seconds left as of now, negative when overdue."""
    return clock.target_seconds - elapsed(clock, now, business_time)


def state(clock: Clock, now: datetime) -> ClockState:
    """Breached: the due time passed before the clock was met, cancelled or paused, or by now."""
    match clock.phase:
        case "running":
            return "breached" if now > clock.due_at else "running"
        case "paused":
            return "breached" if clock.anchor_at > clock.due_at else "paused"
        case "met" | "cancelled":
            end = _ended_at(clock)
            return "breached" if end is not None and end > clock.due_at else clock.phase


def level_at(clock: Clock, percent: int, business_time: BusinessTime) -> datetime | None:
    """When that share of the target is used up, reckoned from the anchor: what was used up before
    (by a change to a stricter policy) counts as reached at the anchor.

    None while paused, and for an ended clock if it ended by then.
    """
    if clock.phase == "paused":
        return None
    reached, end = max(clock.due_at, clock.anchor_at), _ended_at(clock)
    if end is not None and percent >= BREACH_PERCENT and end <= reached:
        return None  # nor any later
    if percent != BREACH_PERCENT:
        share_of = timedelta(seconds=clock.target_seconds * percent // BREACH_PERCENT)
        missing = share_of - _used_at_anchor(clock, business_time)
        share = business_time.due(clock.anchor_at, max(missing, timedelta()))
        reached = min(share, reached) if percent < BREACH_PERCENT else max(share, reached)
    return reached if end is None or reached < end else None


def next_level(
    clock: Clock, levels: Iterable[int], after_percent: int, business_time: BusinessTime
) -> tuple[int, datetime] | None:
    """The next level above after_percent and its instant; it is reached once now > instant."""
    percent = min((level for level in levels if level > after_percent), default=None)
    if percent is None:
        return None
    at = level_at(clock, percent, business_time)
    return None if at is None else (percent, at)


def _used_at_anchor(clock: Clock, business_time: BusinessTime) -> timedelta:
    """`anchor_elapsed` without its rounding, which a due time that is still ahead tells.

    A second too much would make a level that falls on closing time slip to the next opening.
    """
    whole = timedelta(seconds=clock.anchor_elapsed)
    if clock.anchor_at == clock.started_at or not clock.anchor_at < clock.due_at < NEVER:
        return whole
    ahead = business_time.exactly_between(clock.anchor_at, clock.due_at)
    exact = timedelta(seconds=clock.target_seconds) - ahead
    return exact if whole <= exact < whole + _SECOND else whole


def _ended_at(clock: Clock) -> datetime | None:
    return clock.met_at if clock.phase == "met" else clock.cancelled_at
