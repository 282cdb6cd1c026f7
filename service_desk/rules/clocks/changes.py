"""The `clock.*` events to record when clocks change (DESIGN §2.3), for sweep and operations alike.

Time alone makes a clock reach levels (`levels_due`); an event of its ticket changes what
`fold_clocks` makes of it (`transitions`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.rules.calendars.business_time import BusinessTime
from service_desk.rules.calendars.quiet_hours import QuietHours
from service_desk.rules.clocks.clock import BREACH_PERCENT
from service_desk.rules.clocks.fold import Clock, Event, next_level
from service_desk.rules.policies.policies import Policy


class LevelDue(msgspec.Struct, frozen=True):
    """A level that a clock reached `at` that instant, and the recipients to notify."""

    clock: str
    ordinal: int
    percent: int
    at: datetime
    roles: tuple[str, ...]
    quiet_hours: QuietHours | None = None


def levels_due(
    clock: Clock, level_reached: int, policy: Policy, business_time: BusinessTime, now: datetime
) -> list[LevelDue]:
    """The levels above `level_reached` that were reached before `now`, in order."""
    due: list[LevelDue] = []
    upcoming = next_level(clock, policy.levels, level_reached, business_time)
    while upcoming is not None and upcoming[1] < now:
        percent, at = upcoming
        roles = policy.recipients.get(percent, ())
        due.append(LevelDue(clock.name, clock.ordinal, percent, at, roles, policy.quiet_hours))
        upcoming = next_level(clock, policy.levels, percent, business_time)
    return due


def level_events(due: Iterable[LevelDue]) -> list[Event]:
    """`clock.level_reached` for each, and `clock.breached` after it at 100 %."""
    events: list[Event] = []
    for level in due:
        about: dict[str, Any] = {"clock": level.clock, "ordinal": level.ordinal}
        events.append(Event("clock.level_reached", level.at, about | {"percent": level.percent}))
        if level.percent == BREACH_PERCENT:
            events.append(Event("clock.breached", level.at, about))
    return events


def transitions(before: Sequence[Clock], after: Sequence[Clock], at: datetime) -> list[Event]:
    """The events for what changed between two folds, the later one including an event `at`:
    clock.started, due_moved, paused, resumed, met, cancelled."""
    known = {(clock.name, clock.ordinal): clock for clock in before}
    events: list[Event] = []
    for clock in after:
        old = known.get((clock.name, clock.ordinal))
        about: dict[str, Any] = {"clock": clock.name, "ordinal": clock.ordinal}
        if old is None:
            started = about | {"due_at": clock.due_at, "target_seconds": clock.target_seconds}
            events.append(Event("clock.started", clock.started_at, started))
        elif old.due_at != clock.due_at and _needs_due_moved(old, clock):
            moved = about | {"due_at": clock.due_at, "due_before": old.due_at}
            events.append(Event("clock.due_moved", at, moved))
        if clock.phase != (old.phase if old else "running"):
            events.append(_phase_event(clock, about, at))
    return events


def _needs_due_moved(old: Clock, clock: Clock) -> bool:
    """Not for an ended clock, nor a resumed one: `clock.resumed` has the due time."""
    return clock.phase == "paused" or clock.phase == old.phase == "running"


def _phase_event(clock: Clock, about: dict[str, Any], at: datetime) -> Event:
    match clock.phase:
        case "paused":
            return Event("clock.paused", at, about)
        case "running":
            resumed = about | {"due_at": clock.due_at}
            return Event("clock.resumed", clock.anchor_at, resumed)
        case "met":
            assert clock.met_at is not None
            late = clock.met_at > clock.due_at
            return Event("clock.met", clock.met_at, about | {"late": late})
        case "cancelled":
            return Event("clock.cancelled", clock.cancelled_at or clock.anchor_at, about)
