"""What to write down when clocks move on (DESIGN §2.3): pure, the same for sweep and operation.

A clock is kept as a row. Time alone makes it reach levels (`levels_due`); a ticket's event makes
`fold_clocks` see it differently (`transitions`). Both yield `clock.*` events, each exactly once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.rules.calendars.business_time import BusinessTime
from service_desk.rules.calendars.quiet_hours import QuietHours
from service_desk.rules.clocks.fold import Clock, Event, next_level
from service_desk.rules.policies.policies import Policy

BREACH_PERCENT = 100  # percent


class LevelDue(msgspec.Struct, frozen=True):
    """That clock used up that share of its target at that instant; these roles are to be told."""

    clock: str
    ordinal: int
    percent: int
    at: datetime
    roles: tuple[str, ...]
    quiet_hours: QuietHours | None = None


def levels_due(
    clock: Clock, level_reached: int, policy: Policy, business_time: BusinessTime, now: datetime
) -> list[LevelDue]:
    """The levels above `level_reached` that were passed before now, in order."""
    due: list[LevelDue] = []
    upcoming = next_level(clock, policy.levels, level_reached, business_time)
    while upcoming is not None and upcoming[1] < now:
        percent, at = upcoming
        roles = policy.recipients.get(percent, ())
        due.append(LevelDue(clock.name, clock.ordinal, percent, at, roles, policy.quiet_hours))
        upcoming = next_level(clock, policy.levels, percent, business_time)
    return due


def level_events(due: Iterable[LevelDue]) -> list[Event]:
    """`clock.level_reached` for each, and `clock.breached` besides at 100 %."""
    events: list[Event] = []
    for level in due:
        about: dict[str, Any] = {"clock": level.clock, "ordinal": level.ordinal}
        events.append(Event("clock.level_reached", level.at, about | {"percent": level.percent}))
        if level.percent == BREACH_PERCENT:
            events.append(Event("clock.breached", level.at, about))
    return events


def transitions(before: Sequence[Clock], after: Sequence[Clock], at: datetime) -> list[Event]:
    """What happened to the clocks between two folds, the later one as of an event `at`: started,
    moved, paused, resumed, met, cancelled."""
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
    """Still due, and not resumed: `clock.resumed` names the due time itself."""
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
