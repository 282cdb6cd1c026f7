"""Do the kept clocks and what was written of them say what the events say? (DESIGN §2.3)"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.clocks.changes import BREACH_PERCENT, transitions
from service_desk.rules.clocks.fold import Clock, Event, LevelReached, LevelTracker, next_level
from service_desk.rules.clocks.ranking import Ranking
from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.policies.policies import Policy

# What a clock's row keeps of a clock.
STORED_FIELDS = tuple(name for name in Clock.__struct_fields__ if name != "pauses")
GRACE = timedelta(minutes=1)
"""A level may be that late before its absence is a difference: the sweep is a living thing."""
TIME_DRIVEN_EVENTS = ("clock.level_reached", "clock.breached")


UNREADABLE_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a history raises that nobody can have recorded: versions that there are not, data
that is missing or of another shape."""


class UnreadableHistory(ValueError):
    """A history that no clocks follow from. Says which event, and why."""


class Difference(msgspec.Struct, frozen=True):
    """`about`: a clock, as "handling 1", "ticket" or "history"; `what`: a field of it, "clock" or
    an event (missing or too many), "level 80", or "unreadable": then nothing was recomputed."""

    subject: str
    what: str
    stored: str
    recomputed: str | None

    def __str__(self) -> str:
        if self.recomputed is None:
            return f"{self.subject} {self.what}: {self.stored}"
        return (
            f"{self.subject}: {self.what}: stored {self.stored}, from its events {self.recomputed}"
        )


class ClockRow(msgspec.Struct, frozen=True):
    """A clock's row: the level recorded last, and the one that the sweep wakes up for."""

    clock: Clock
    level_reached: int
    next_level: tuple[int | None, datetime | None]


class Recomputed(msgspec.Struct, frozen=True):
    """`told`: the `clock.*` events that the ticket's own brought about."""

    clocks: tuple[Clock, ...]
    levels: Sequence[LevelReached]
    events: Sequence[Event]


def recompute(
    changes: Iterable[Sequence[Event]],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    until: datetime,
) -> Recomputed:
    """`changes`: what the clocks heed of a ticket's events, in order, those in one that were so at
    one moment and recorded together: of them all is told what they did to the clocks.

    Raises Unreadable.
    """
    taken: Event | None = None
    try:
        history = [tuple(change) for change in changes]
        ticket = TicketClocks.initial(
            (taken := event for change in history for event in change), policies, calendars
        )
        if ticket is None:
            return Recomputed((), (), ())
        levels, told = LevelTracker(), list[Event]()
        before: tuple[Clock, ...] = ()
        promised = False
        for change in history:
            taken = change[0]
            levels.advance(taken.at, ticket.runs)
            for taken in change:
                ticket.apply(taken)
                promised = promised or taken.type == "sla.policy_applied"
            after = ticket.clocks() if promised else ()
            if after != before:
                told += transitions(before, after, change[0].at)
                before = after
        levels.advance(until, ticket.runs)
        return Recomputed(ticket.clocks(), levels.reached, told)
    except UNREADABLE_ERRORS as error:
        where = "" if taken is None else f"{taken.type} of {taken.at}, "
        raise UnreadableHistory(f"{where}{type(error).__name__} {error}") from error


def clock_differences(
    kept: Sequence[ClockRow],
    recomputed: Sequence[Clock],
    recorded: Iterable[Event],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
) -> list[Difference]:
    """Field by field, for clocks of the same name and ordinal.

    `recorded`: the ticket's `clock.*` events. The levels among them say which one was reached last,
    and with the clock which is next: without it in the row, the sweep would never come for it.
    """
    rows = {(row.clock.name, row.clock.ordinal): row for row in kept}
    truth = {(clock.name, clock.ordinal): clock for clock in recomputed}
    highest: dict[tuple[str, int], int] = {}
    for event in recorded:
        if event.type == "clock.level_reached":
            key = (event.data["clock"], event.data["ordinal"])
            highest[key] = max(highest.get(key, 0), event.data["percent"])
    differences: list[Difference] = []
    for key in rows.keys() | truth.keys():
        row, true = rows.get(key), truth.get(key)
        name = f"{key[0]} {key[1]}"
        if row is None or true is None:
            there = _there(row and row.clock), _there(true)
            differences.append(Difference(name, "clock", *there))
            continue
        level = highest.get(key, 0)
        upcoming = _upcoming(true, level, policies, calendars)
        same = row.clock == (msgspec.structs.replace(true, pauses=()) if true.pauses else true)
        if same and row.level_reached == level and row.next_level == upcoming:
            continue
        compared = [
            (field, getattr(row.clock, field), getattr(true, field)) for field in STORED_FIELDS
        ]
        compared.append(("level_reached", row.level_reached, level))
        compared += zip(("next_level", "next_level_at"), row.next_level, upcoming, strict=True)
        differences += [
            Difference(name, field, str(is_), str(was))
            for field, is_, was in compared
            if is_ != was
        ]
    return sorted(differences, key=lambda difference: (difference.subject, difference.what))


def event_differences(
    recorded: Iterable[Event], recomputed: Recomputed, now: datetime
) -> list[Difference]:
    """Each `clock.*` event once, at its instant; their order is not looked at."""
    kept = [_event_key(event) for event in recorded]
    true = [_event_key(event) for event in recomputed.events]
    for level in recomputed.levels:
        of_clock = level.clock, level.ordinal
        true.append(("clock.level_reached", *of_clock, level.percent, level.at))
        if level.percent == BREACH_PERCENT:
            true.append(("clock.breached", *of_clock, None, level.at))
    if len(kept) == len(true) == len(once := set(kept)) and once == set(true):
        return []  # as of most tickets: counting takes longer
    rows, truth = Counter(kept), Counter(true)
    lacking = {
        said[:-1]
        for said in truth - rows
        if said[0] not in TIME_DRIVEN_EVENTS or said[-1] < now - GRACE
    }
    too_many = {said[:-1] for said in rows - truth}
    differences = [
        Difference(
            f"{clock} {ordinal}",
            type_ if percent is None else f"level {percent}",
            _instants(rows.elements(), said) or "not recorded",
            _instants(truth.elements(), said) or "never",
        )
        for said in lacking | too_many
        for type_, clock, ordinal, percent in [said]
    ]
    return sorted(differences, key=lambda difference: (difference.subject, difference.what))


def _upcoming(
    clock: Clock, level: int, policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> tuple[int | None, datetime | None]:
    version = clock.calendar_version
    business_time = compile_calendar(None if version is None else calendars[version])
    levels = policies[clock.policy_version].levels
    return next_level(clock, levels, level, business_time) or (None, None)


_EventKey = tuple[str, Any, Any, Any, datetime]


def _event_key(event: Event) -> _EventKey:
    """Type, clock, ordinal, percent of a level, instant."""
    data = event.data
    return event.type, data.get("clock"), data.get("ordinal"), data.get("percent"), event.at


def _instants(all_said: Iterable[_EventKey], of: tuple[Any, ...]) -> str:
    return ", ".join(str(said[-1]) for said in all_said if said[:-1] == of)


def _there(clock: Clock | None) -> str:
    return "none" if clock is None else f"{clock.phase}, due {clock.due_at}"


def ticket_differences(
    received_at: datetime,
    rank_at: datetime | None,
    events: Sequence[Event],
    ranking: Ranking,
) -> list[Difference]:
    """What a ticket's row keeps of its opening and its clocks: when it came, and its rank."""
    opened = next((event.at for event in events if event.type == "ticket.opened"), None)
    compared = (("rank_at", rank_at, ranking.rank_at), ("received_at", received_at, opened))
    return [
        Difference("ticket", field, str(kept), str(true))
        for field, kept, true in compared
        if kept != true
    ]
