"""One SLA clock: how much of its target is used up, its state, and when it reaches levels.

A clock is breached once now > due_at, and a level is reached once now > its instant. So an action
at the very instant of a deadline is in time, whether or not the sweep ran before it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from service_desk.rules.calendars.business_time import NEVER, BusinessTime
from service_desk.rules.tickets.vocabulary import ClockName

Phase = Literal["running", "paused", "met", "cancelled"]
PHASES: tuple[Phase, ...] = get_args(Phase)
ClockState = Literal["running", "paused", "met", "breached", "cancelled"]

_SECOND = timedelta(seconds=1)
_NO_TIME = timedelta()
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


STORED_FIELDS = tuple(name for name in Clock.__struct_fields__ if name != "pauses")
"""The fields of a clock that its row has."""


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


def next_level(
    clock: Clock, levels: Iterable[int], after_percent: int, business_time: BusinessTime
) -> tuple[int, datetime] | None:
    """The lowest level above `after_percent`, and the instant after which it is reached."""
    return next(levels_after(clock, levels, after_percent, business_time), None)


def levels_after(
    clock: Clock, levels: Iterable[int], after_percent: int, business_time: BusinessTime
) -> Iterator[tuple[int, datetime]]:
    """Those of the `levels` (ascending) above `after_percent`, each with the instant at which that
    share of the target is used up; at the anchor, if it was used up before (after a change to a
    stricter policy). Each is computed when it is asked for.

    None while paused, and none from the end of the clock on.
    """
    if clock.phase == "paused":
        return
    ahead = [level for level in levels if level > after_percent]
    if not ahead:
        return
    due, end = max(clock.due_at, clock.anchor_at), _ended_at(clock)
    used = _used_at_anchor(clock, business_time)
    for percent in ahead:
        if end is not None and percent >= BREACH_PERCENT and end <= due:
            return
        reached = due
        if percent != BREACH_PERCENT:
            missing = max(_share(clock, percent) - used, _NO_TIME)
            at = business_time.due(clock.anchor_at, missing)
            reached = min(at, due) if percent < BREACH_PERCENT else max(at, due)
        if end is not None and end <= reached:
            return
        yield percent, reached


def level_kept(
    before: Clock, after: Clock, reached: int, levels: Iterable[int], business_time: BusinessTime
) -> int:
    """What stays of the highest level `reached` when `before` becomes `after`.

    Under other terms, or another due time, a level that is no longer used up was not reached: it
    will be, and is then announced. One that is still used up is not announced again.
    """
    if _terms(before) == _terms(after):
        return reached
    used, due = _used_at_anchor(after, business_time), after.due_at <= after.anchor_at
    highest_first = sorted({reached, *(level for level in levels if level < reached)}, reverse=True)
    kept = (level for level in highest_first if _is_used_up(after, level, used, due=due))
    return next(kept, 0)


def _terms(clock: Clock) -> tuple[object, ...]:
    return clock.target_seconds, clock.policy_version, clock.calendar_version


def _is_used_up(clock: Clock, percent: int, used: timedelta, *, due: bool) -> bool:
    """That share of the target, at the anchor."""
    if percent == BREACH_PERCENT:
        return due
    share = used >= _share(clock, percent)
    return due or share if percent < BREACH_PERCENT else due and share


def _share(clock: Clock, percent: int) -> timedelta:
    return clock.target_seconds * percent // BREACH_PERCENT * _SECOND


def _used_at_anchor(clock: Clock, business_time: BusinessTime) -> timedelta:
    """`anchor_elapsed` without its rounding, recovered from a due time that is still ahead.

    Otherwise a level that falls on closing time could slip to the next opening.
    """
    whole = clock.anchor_elapsed * _SECOND
    if clock.anchor_at == clock.started_at or not clock.anchor_at < clock.due_at < NEVER:
        return whole
    ahead = business_time.exactly_between(clock.anchor_at, clock.due_at)
    exact = clock.target_seconds * _SECOND - ahead
    return exact if whole <= exact < whole + _SECOND else whole


def _ended_at(clock: Clock) -> datetime | None:
    return clock.met_at if clock.phase == "met" else clock.cancelled_at
