"""The `clock.*` events to record when clocks change (DESIGN §2.3), for sweep and operations alike.

Time alone makes a clock reach levels (`levels_due`); an event of its ticket changes what
`fold_clocks` makes of it (`transitions`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from service_desk.rules.calendars.business_time import BusinessTime
from service_desk.rules.calendars.quiet_hours import QuietHours
from service_desk.rules.clocks.clock import BREACH_PERCENT
from service_desk.rules.clocks.fold import Clock, next_level
from service_desk.rules.policies.policies import Policy, Recipient
from service_desk.rules.tickets.clock_events import (
    ClockBreached,
    ClockCancelled,
    ClockDueMoved,
    ClockLevelReached,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockStarted,
)
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.vocabulary import ClockName


class LevelDue(msgspec.Struct, frozen=True):
    """A level that a clock reached `at` that instant, and the recipients to notify."""

    clock: ClockName
    ordinal: int
    percent: int
    at: datetime
    recipients: tuple[Recipient, ...]
    quiet_hours: QuietHours | None = None


def levels_due(
    clock: Clock, level_reached: int, policy: Policy, business_time: BusinessTime, now: datetime
) -> list[LevelDue]:
    """The levels above `level_reached` that were reached before `now`, in order."""
    due: list[LevelDue] = []
    upcoming = next_level(clock, policy.levels, level_reached, business_time)
    while upcoming is not None and upcoming[1] < now:
        percent, at = upcoming
        due.append(
            LevelDue(
                clock.name,
                clock.ordinal,
                percent,
                at,
                policy.recipients.get(percent, ()),
                policy.quiet_hours,
            )
        )
        upcoming = next_level(clock, policy.levels, percent, business_time)
    return due


def level_events(due: Iterable[LevelDue]) -> list[Event]:
    """`clock.level_reached` for each, and `clock.breached` after it at 100 %."""
    events: list[Event] = []
    for level in due:
        reached = ClockLevelReached(level.clock, level.ordinal, level.percent)
        events.append(Event(level.at, reached))
        if level.percent == BREACH_PERCENT:
            events.append(Event(level.at, ClockBreached(level.clock, level.ordinal)))
    return events


def transitions(before: Sequence[Clock], after: Sequence[Clock], at: datetime) -> list[Event]:
    """The events for what changed between two folds, the later one including an event `at`:
    clock.started, due_moved, paused, resumed, met, cancelled."""
    known = {(clock.name, clock.ordinal): clock for clock in before}
    events: list[Event] = []
    for clock in after:
        name, ordinal = clock.name, clock.ordinal
        old = known.get((name, ordinal))
        if old is None:
            started = ClockStarted(name, ordinal, clock.due_at, clock.target_seconds)
            events.append(Event(clock.started_at, started))
        elif old.due_at != clock.due_at and _needs_due_moved(old, clock):
            events.append(Event(at, ClockDueMoved(name, ordinal, clock.due_at, old.due_at)))
        if clock.phase != (old.phase if old else "running") or _met_later(old, clock):
            events.append(_phase_event(clock, at))
    return events


def _met_later(old: Clock | None, clock: Clock) -> bool:
    """The answer that met it never arrived, but a later one did."""
    return old is not None and old.met_at is not None and old.met_at != clock.met_at


def _needs_due_moved(old: Clock, clock: Clock) -> bool:
    """Not for an ended clock, nor a resumed one: `clock.resumed` has the due time."""
    return clock.phase == "paused" or clock.phase == old.phase == "running"


def _phase_event(clock: Clock, at: datetime) -> Event:
    name, ordinal = clock.name, clock.ordinal
    match clock.phase:
        case "paused":
            return Event(at, ClockPaused(name, ordinal))
        case "running":
            return Event(clock.anchor_at, ClockResumed(name, ordinal, clock.due_at))
        case "met":
            assert clock.met_at is not None
            return Event(clock.met_at, ClockMet(name, ordinal, late=clock.met_at > clock.due_at))
        case "cancelled":
            return Event(clock.cancelled_at or clock.anchor_at, ClockCancelled(name, ordinal))
