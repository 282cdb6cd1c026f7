"""The history of a ticket's clocks: what each event did to them (DESIGN §2.3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

import msgspec

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.fold import Clock
from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.event import Event

StepKind = Literal["started", "paused", "resumed", "met", "cancelled", "due_moved", "terms_changed"]
StretchState = Literal["running", "paused", "ended"]

_BY_PHASE: Mapping[str, StepKind] = {
    "running": "resumed",
    "paused": "paused",
    "met": "met",
    "cancelled": "cancelled",
}
_STATE_AFTER: Mapping[StepKind, StretchState] = {
    "started": "running",
    "resumed": "running",
    "paused": "paused",
    "met": "ended",
    "cancelled": "ended",
}


class ClockStep(msgspec.Struct, frozen=True):
    """What an event did to a clock, and the clock after it. `trigger`: the event's index.

    `due_before`: the earlier due time, if the event moved it; without it, `due_moved` is a due time
    set manually to the time it was. `never_met`: the answer that met it before never arrived, so it
    ran until now, or until a later answer.
    """

    kind: StepKind
    at: datetime
    trigger: int
    clock: Clock
    due_before: datetime | None = None
    never_met: bool = False


class Stretch(msgspec.Struct, frozen=True):
    """An interval of a clock's history. ended: between an end and a reopening. `end` None: it still
    lasts. `trigger`: the index of the event that began it."""

    state: StretchState
    start: datetime
    end: datetime | None
    trigger: int


def clock_steps(
    events: Iterable[Event], policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> dict[tuple[str, int], list[ClockStep]]:
    """By clock name and ordinal, in the order the clocks started. The last step has the clock that
    `fold_clocks` gives."""
    history = tuple(events)
    ticket = TicketClocks.initial(history, policies, calendars)
    steps: dict[tuple[str, int], list[ClockStep]] = {}
    if ticket is None:
        return steps
    for index, event in enumerate(history):
        ticket.apply(event)
        for clock in ticket.clocks():
            of_clock = steps.setdefault((clock.name, clock.ordinal), [])
            before = of_clock[-1].clock if of_clock else None
            moved = before is not None and before.due_at != clock.due_at
            due_before = before.due_at if before and moved else None
            for kind in _changes(before, clock):
                at = clock.started_at if kind == "started" else event.at
                never_met = before is not None and _never_met(before, clock)
                of_clock.append(ClockStep(kind, at, index, clock, due_before, never_met))
    # A clock that was promised late is found after others that started later.
    in_order = ((clock.name, clock.ordinal) for clock in ticket.clocks())
    return {name: steps[name] for name in in_order}


def stretches(steps: Sequence[ClockStep]) -> list[Stretch]:
    """A clock's history without gaps, from its start to its last end."""
    turns = _turns(steps)
    lived = [
        Stretch(_STATE_AFTER[turn.kind], turn.at, following.at, turn.trigger)
        for turn, following in pairwise(turns)
    ]
    if turns and _STATE_AFTER[turns[-1].kind] != "ended":
        lived.append(Stretch(_STATE_AFTER[turns[-1].kind], turns[-1].at, None, turns[-1].trigger))
    return lived


def _turns(steps: Sequence[ClockStep]) -> list[ClockStep]:
    """Without those that a failed message took back."""
    turns: list[ClockStep] = []
    for step in steps:
        if step.never_met:
            turns.pop()
            met_at = step.clock.met_at
            if met_at is not None:
                turns.append(msgspec.structs.replace(step, at=met_at))
            elif step.kind == "cancelled":  # the ticket had been resolved meanwhile
                turns.append(step)
        elif step.kind in _STATE_AFTER:
            turns.append(step)
    return turns


def _never_met(before: Clock, after: Clock) -> bool:
    """Not because the ticket was reopened, which gives back the time in between as a pause."""
    if before.met_at is None or before.met_at == after.met_at:
        return False
    return before.pauses == after.pauses


def _changes(before: Clock | None, after: Clock) -> Iterator[StepKind]:
    if before is None:
        yield "started"
    if after.phase != (before.phase if before else "running"):
        yield _BY_PHASE[after.phase]
    elif before is not None and before.met_at != after.met_at:
        yield "met"
    elif before is not None and before != after:
        same_due = before.due_at == after.due_at
        yield "terms_changed" if same_due and _terms(before) != _terms(after) else "due_moved"


def _terms(clock: Clock) -> tuple[int, int | None]:
    return clock.policy_version, clock.calendar_version
