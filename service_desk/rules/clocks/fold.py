"""SLA clocks: deadlines as a pure function of (events, policies, calendars) (DESIGN §2.3).

What the table of the design leaves open is decided here (docs/decisions/0010-clock-semantics.md):

- Resolving meets resolution and handling, and cancels the others: a resolution told to the customer
  is a `message.sent` before it and has met them. Closing or merging cancels whatever runs.
- Reopening undoes what resolving or closing did, and gives back the time in between.
- A customer message that came while the ticket was resolved starts next_response when it reopens.
- A ticket owes the answers that those merged into it owed, since the customer wrote.
- While a next_response or referral clock runs, a second message or referral starts no other; every
  promise is a clock of its own.
- A promise is for a moment of the day and runs around the clock; the others run in the policy's
  calendar.
- Waits and reopenings are kept as stretches of real time, earned under the policy of their time and
  measured in the calendar in force.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.clock import (
    Clock,
    ClockState,
    Event,
    Phase,
    elapsed,
    level_at,
    next_level,
    remaining_seconds,
    state,
)
from service_desk.rules.clocks.run import ClockRun
from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.policies.policies import Policy

__all__ = [
    "Clock",
    "ClockState",
    "Event",
    "LevelReached",
    "Phase",
    "elapsed",
    "fold_clocks",
    "fold_levels",
    "level_at",
    "next_level",
    "remaining_seconds",
    "state",
]


class LevelReached(msgspec.Struct, frozen=True):
    """The ordinal-th clock of that name used up so many percent of its target at that instant."""

    clock: str
    ordinal: int
    percent: int
    at: datetime


def fold_clocks(
    events: Iterable[Event], policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> tuple[Clock, ...]:
    """All clocks of a ticket, in the order they started, from its events in order (their `at` never
    decreasing). Events of other types, and those that change nothing, are passed over.

    The first `sla.policy_applied` holds from the opening, wherever it stands; a ticket without one
    has no clocks. Raises KeyError for a version that is not given.
    """
    history = tuple(events)
    ticket = TicketClocks.initial(history, policies, calendars)
    if ticket is None:
        return ()
    for event in history:
        ticket.apply(event)
    return ticket.clocks()


def fold_levels(
    events: Iterable[Event],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    now: datetime,
) -> tuple[LevelReached, ...]:
    """Every level reached before `now`, in order: what a worker that never sleeps records."""
    return fold_clocks_and_levels(events, policies, calendars, now)[1]


def fold_clocks_and_levels(
    events: Iterable[Event],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    now: datetime,
) -> tuple[tuple[Clock, ...], tuple[LevelReached, ...]]:
    """`fold_clocks` and `fold_levels`, going through the events once."""
    history = tuple(events)
    ticket = TicketClocks.initial(history, policies, calendars)
    if ticket is None:
        return (), ()
    levels = LevelTracker()
    for event in history:
        levels.advance(event.at, ticket.runs)
        ticket.apply(event)
    levels.advance(now, ticket.runs)
    return ticket.clocks(), tuple(levels.reached)


class LevelTracker:
    """The levels of one ticket's clocks while its events are gone through: `reach` before each, as
    of its instant. `reached`: so far, in order.

    What comes next on a clock is reckoned again when it changed.
    """

    def __init__(self) -> None:
        self.reached: list[LevelReached] = []
        self._highest: dict[tuple[str, int], int] = {}
        self._next: dict[ClockRun, tuple[Clock, tuple[int, datetime] | None]] = {}

    def advance(self, now: datetime, runs: Iterable[ClockRun]) -> None:
        passed: list[LevelReached] = []
        for run in runs:
            clock = run.clock() if run.running else None
            if clock is None or clock.anchor_at >= now:
                continue  # no level is reached before its anchor
            upcoming = self._upcoming(run, clock)
            while upcoming is not None and upcoming[1] < now:
                self._highest[clock.name, clock.ordinal] = upcoming[0]
                passed.append(LevelReached(clock.name, clock.ordinal, *upcoming))
                upcoming = self._compute_next(run, clock)
        self.reached += sorted(passed, key=lambda level: level.at)

    def _upcoming(self, run: ClockRun, clock: Clock) -> tuple[int, datetime] | None:
        known = self._next.get(run)
        return (
            known[1] if known is not None and known[0] is clock else self._compute_next(run, clock)
        )

    def _compute_next(self, run: ClockRun, clock: Clock) -> tuple[int, datetime] | None:
        highest = self._highest.get((clock.name, clock.ordinal), 0)
        upcoming = next_level(clock, run.terms.policy.levels, highest, run.terms.business_time)
        self._next[run] = clock, upcoming
        return upcoming
