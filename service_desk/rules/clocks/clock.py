"""One SLA clock: how much of its target is used up, its state, and when it reaches levels.

A clock is breached once now > due_at, and a level is reached once now > its instant. So an action
at the very instant of a deadline is in time, whether or not the sweep ran before it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from service_desk.rules.calendars.business_time import NEVER, BusinessTime
from service_desk.rules.tickets.vocabulary import ClockName

Phase = Literal["running", "paused", "met", "cancelled"]
PHASES: tuple[Phase, ...] = get_args(Phase)
ClockState = Literal["running", "paused", "met", "breached", "cancelled"]

_SECOND = timedelta(seconds=1)
BREACH_PERCENT = 100  # the target is used up: the clock is due


class Clock(msgspec.Struct, frozen=True):
    """One clock of one ticket: the `ordinal`-th of that name, counted from 1.

    While it runs, elapsed(t) = anchor_elapsed + working seconds between anchor_at and t. While it
    is paused, anchor_elapsed is what was used up when it paused, and due_at the due time if it
    resumed at anchor_at. Seconds are working seconds of `calendar_version` (None: around the
    clock). `pauses`: those that have ended, including the time before a reopening;
    `paused_seconds`: their sum.
    """

    name: ClockName
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
    """Working seconds used up by `now`, or by the end of a clock that ended before."""
    if clock.phase == "paused":
        return clock.anchor_elapsed
    end = _ended_at(clock)
    until = now if end is None else min(now, end)
    used = _used_at_anchor(clock, business_time)
    return (used + business_time.exactly_between(clock.anchor_at, until)) // _SECOND


def remaining_seconds(clock: Clock, now: datetime, business_time: BusinessTime) -> int:
    """Working seconds left at `now`; negative when overdue."""
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
    """When that share of the target is used up; at the anchor, if it was used up before (after a
    change to a stricter policy).

    None while paused, and if the clock ended by then.
    """
    if clock.phase == "paused":
        return None
    reached, end = max(clock.due_at, clock.anchor_at), _ended_at(clock)
    if end is not None and percent >= BREACH_PERCENT and end <= reached:
        return None  # nor is any higher level reached
    if percent != BREACH_PERCENT:
        share_of = timedelta(seconds=clock.target_seconds * percent // BREACH_PERCENT)
        missing = share_of - _used_at_anchor(clock, business_time)
        share = business_time.due(clock.anchor_at, max(missing, timedelta()))
        reached = min(share, reached) if percent < BREACH_PERCENT else max(share, reached)
    return reached if end is None or reached < end else None


def next_level(
    clock: Clock, levels: Iterable[int], after_percent: int, business_time: BusinessTime
) -> tuple[int, datetime] | None:
    """The lowest level above `after_percent`, and the instant after which it is reached."""
    percent = min((level for level in levels if level > after_percent), default=None)
    if percent is None:
        return None
    at = level_at(clock, percent, business_time)
    return None if at is None else (percent, at)


def level_kept(
    before: Clock, after: Clock, reached: int, levels: Iterable[int], business_time: BusinessTime
) -> int:
    """What stays of the highest level `reached` when `before` becomes `after`.

    Under other terms, or another due time, a level that is no longer used up was not reached: it
    will be, and is then announced. One that is still used up is not announced again.
    """
    if _terms(before) == _terms(after):
        return reached
    candidates = {reached, *(level for level in levels if level < reached)}
    kept = (level for level in candidates if _is_used_up(after, level, business_time))
    return max(kept, default=0)


def _terms(clock: Clock) -> tuple[object, ...]:
    return clock.target_seconds, clock.policy_version, clock.calendar_version


def _is_used_up(clock: Clock, percent: int, business_time: BusinessTime) -> bool:
    """That share of the target, at the anchor."""
    due = clock.due_at <= clock.anchor_at
    if percent == BREACH_PERCENT:
        return due
    share = timedelta(seconds=clock.target_seconds * percent // BREACH_PERCENT)
    used = _used_at_anchor(clock, business_time) >= share
    return due or used if percent < BREACH_PERCENT else due and used


def _used_at_anchor(clock: Clock, business_time: BusinessTime) -> timedelta:
    """`anchor_elapsed` without its rounding, recovered from a due time that is still ahead.

    Otherwise a level that falls on closing time could slip to the next opening.
    """
    whole = timedelta(seconds=clock.anchor_elapsed)
    if clock.anchor_at == clock.started_at or not clock.anchor_at < clock.due_at < NEVER:
        return whole
    ahead = business_time.exactly_between(clock.anchor_at, clock.due_at)
    exact = timedelta(seconds=clock.target_seconds) - ahead
    return exact if whole <= exact < whole + _SECOND else whole


def _ended_at(clock: Clock) -> datetime | None:
    return clock.met_at if clock.phase == "met" else clock.cancelled_at
