"""SLA clocks: deadlines as a pure function of (events, policies, calendars) (DESIGN §2.3).

Where the design leaves a choice, these hold (docs/decisions/0010-clock-semantics.md):

- Resolving meets resolution, and what an answer meets if the customer was told. Handling without a
  plan, and what a customer who was not told waits for, run on; a referral is cancelled. Closing or
  merging cancels all that run.
- A message that failed never counted: what it met is met by the next answer, else runs on.
- One that waits for a gateway counts from when it is sent.
- A resolution that does not say whether the customer was told (imported, or of an old desk) meets
  resolution and handling and cancels the others.
- Reopening undoes what resolving or closing did, and gives back the time in between.
- A customer message on a resolved ticket starts next_response when the ticket reopens.
- A ticket takes over the unanswered messages of tickets merged into it, from when they came.
- While a next_response or referral clock runs, another message or referral starts no second one;
  each promise is a clock of its own.
- A promise is for a certain time and runs around the clock; the other clocks run in the policy's
  calendar.
- Pauses and reopenings are kept as intervals of real time: the policy in force then grants them,
  the calendar in force now measures them.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.clock import (
    Clock,
    ClockState,
    Phase,
    elapsed,
    level_kept,
    levels_after,
    next_level,
    remaining_seconds,
    state,
)
from service_desk.rules.clocks.run import ClockRun, ClockTerms
from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.vocabulary import ClockName

__all__ = [
    "Clock",
    "ClockState",
    "LevelReached",
    "Phase",
    "elapsed",
    "fold_clocks",
    "fold_levels",
    "next_level",
    "remaining_seconds",
    "state",
]


NO_MORE = (0, datetime.max.replace(tzinfo=UTC))
"""In place of a next level."""


class LevelReached(msgspec.Struct, frozen=True):
    """A clock used up `percent` of its target `at` that instant."""

    clock: ClockName
    ordinal: int
    percent: int
    at: datetime


def fold_clocks(
    events: Iterable[Event], policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> tuple[Clock, ...]:
    """All clocks of a ticket, in the order they started, from its events in order (`at` never
    decreases). Events that no clock depends on are ignored.

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
    """Every level reached before `now`, in order: what a sweep that is never late records."""
    return fold_clocks_and_levels(events, policies, calendars, now)[1]


def fold_clocks_and_levels(
    events: Iterable[Event],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    now: datetime,
) -> tuple[tuple[Clock, ...], tuple[LevelReached, ...]]:
    """`fold_clocks` and `fold_levels` in one pass."""
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
    """Collects the levels that one ticket's clocks reach. Call `advance` before each event.

    `reached`: so far, in order. `kept`: by clock, since when and from which level on it counts, if
    its terms changed. A clock's next level is computed again only when it changed.
    """

    def __init__(self) -> None:
        self.reached: list[LevelReached] = []
        self.kept: dict[tuple[str, int], tuple[datetime, int]] = {}
        self._highest: dict[tuple[str, int], int] = {}
        self._followed: dict[ClockRun, _Followed] = {}

    def advance(self, now: datetime, runs: Iterable[ClockRun]) -> None:
        passed: list[LevelReached] = []
        for run in runs:
            clock = run.clock()
            if clock is None:
                continue
            followed = self._followed.get(run)
            if followed is None or followed.clock is not clock:
                followed = self._follow(run, clock, followed)
            if clock.phase != "running" and not run.met_later:
                continue
            if clock.anchor_at < now:  # levels are reached after the anchor only
                passed += followed.levels_before(now)
        for level in sorted(passed, key=lambda level: level.at):
            self._highest[level.clock, level.ordinal] = level.percent
            self.reached.append(level)

    def _follow(self, run: ClockRun, clock: Clock, before: "_Followed | None") -> "_Followed":
        key, terms = (clock.name, clock.ordinal), run.terms
        highest = self._highest.get(key, 0)
        if before is not None and highest:
            levels = terms.policy.levels
            kept = level_kept(before.clock, clock, highest, levels, terms.business_time)
            if kept != highest:
                highest = self._highest[key] = kept
                self.kept[key] = clock.anchor_at, kept
        self._followed[run] = followed = _Followed(clock, terms, highest)
        return followed


class _Followed:
    """A clock until it changes, and the next of the levels that it reaches meanwhile."""

    __slots__ = ("_ahead", "_next", "clock")

    def __init__(self, clock: Clock, terms: ClockTerms, highest: int) -> None:
        self.clock = clock
        self._ahead = levels_after(clock, terms.policy.levels, highest, terms.business_time)
        self._next: tuple[int, datetime] | None = None  # until it is asked for

    def levels_before(self, now: datetime) -> list[LevelReached]:
        """Each is returned once."""
        upcoming = self._next or next(self._ahead, NO_MORE)
        passed: list[LevelReached] = []
        while upcoming[1] < now:
            passed.append(LevelReached(self.clock.name, self.clock.ordinal, *upcoming))
            upcoming = next(self._ahead, NO_MORE)
        self._next = upcoming
        return passed
