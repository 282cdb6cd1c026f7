"""Whether the stored clocks and `clock.*` events are what a ticket's events give (DESIGN §2.3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.clocks.changes import transitions
from service_desk.rules.clocks.clock import BREACH_PERCENT, STORED_FIELDS
from service_desk.rules.clocks.fold import Clock, LevelReached, LevelTracker, next_level
from service_desk.rules.clocks.ranking import Ranking
from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.clock_events import ClockBreached, ClockEvent, ClockLevelReached
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import PolicyApplied, TicketOpened
from service_desk.rules.tickets.vocabulary import ClockName

GRACE = timedelta(minutes=1)
"""How late the sweep may record a level before its absence is a difference."""
TIME_DRIVEN_EVENTS = (ClockLevelReached.type, ClockBreached.type)

UNREADABLE_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Raised by histories that the desk cannot have recorded itself: unknown versions, missing or
malformed data."""


class UnreadableHistory(ValueError):
    """A history that no clocks can be computed from. Names the event, and why."""


class Difference(msgspec.Struct, frozen=True):
    """`subject`: a clock such as "handling 1", or "ticket", or "history". `what`: the field that
    differs; "clock" or the event that is missing or superfluous; "level 80"; or "unreadable", and
    then nothing was recomputed."""

    subject: str
    what: str
    stored: str
    recomputed: str | None

    def __str__(self) -> str:
        if self.recomputed is None:
            return f"{self.subject} {self.what}: {self.stored}"
        return f"{self.subject}: {self.what}: stored {self.stored}, recomputed {self.recomputed}"


class ClockRow(msgspec.Struct, frozen=True):
    """A clock as stored: with the last level recorded, and the one the sweep waits for."""

    clock: Clock
    level_reached: int
    next_level: tuple[int | None, datetime | None]


class Recomputed(msgspec.Struct, frozen=True):
    """`events`: the `clock.*` events that follow from the ticket's other events. `kept`: by clock,
    since when and from which level on its levels count, if its terms changed."""

    clocks: tuple[Clock, ...]
    levels: Sequence[LevelReached]
    events: Sequence[Event]
    kept: Mapping[tuple[str, int], tuple[datetime, int]] = {}


def recompute(
    changes: Iterable[Sequence[Event]],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    until: datetime,
) -> Recomputed:
    """`changes`: a ticket's events in order, of the types that `TicketClocks.handles`; those of one
    change have one instant and were recorded together, so their joint effect is compared.

    Raises UnreadableHistory.
    """
    current: Event | None = None
    try:
        history = [tuple(change) for change in changes]
        ticket = TicketClocks.initial(
            (current := event for change in history for event in change), policies, calendars
        )
        if ticket is None:
            return Recomputed((), (), ())
        levels, events = LevelTracker(), list[Event]()
        before: tuple[Clock, ...] = ()
        promised = False
        for change in history:
            current = change[0]
            levels.advance(current.at, ticket.runs)
            for current in change:
                ticket.apply(current)
                promised = promised or isinstance(current.data, PolicyApplied)
            after = ticket.clocks() if promised else ()
            if after != before:
                events += transitions(before, after, change[0].at)
                before = after
        levels.advance(until, ticket.runs)
        return Recomputed(ticket.clocks(), levels.reached, events, levels.kept)
    except UNREADABLE_ERRORS as error:
        where = "" if current is None else f"{current.type} of {current.at}, "
        raise UnreadableHistory(f"{where}{type(error).__name__} {error}") from error


def ticket_differences(
    received_at: datetime,
    rank_at: datetime | None,
    events: Sequence[Event],
    ranking: Ranking,
) -> list[Difference]:
    """Of what a ticket's row has of its opening and its clocks."""
    opened = next((event.at for event in events if isinstance(event.data, TicketOpened)), None)
    compared = (("rank_at", rank_at, ranking.rank_at), ("received_at", received_at, opened))
    return [
        Difference("ticket", field, str(stored), str(true))
        for field, stored, true in compared
        if stored != true
    ]


def clock_differences(
    stored: Sequence[ClockRow],
    recomputed: Sequence[Clock],
    recorded: Iterable[Event],
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    kept: Mapping[tuple[str, int], tuple[datetime, int]] | None = None,
) -> list[Difference]:
    """Field by field, of clocks with the same name and ordinal.

    `recorded`: the ticket's `clock.*` events. They tell the last level reached, and so the next
    one, without which the sweep would never see the clock again.
    """
    rows = {(row.clock.name, row.clock.ordinal): row for row in stored}
    truth = {(clock.name, clock.ordinal): clock for clock in recomputed}
    highest = _highest_levels(recorded, kept or {})
    differences: list[Difference] = []
    for key in rows.keys() | truth.keys():
        row, true = rows.get(key), truth.get(key)
        name = f"{key[0]} {key[1]}"
        if row is None or true is None:
            summaries = _summary(row and row.clock), _summary(true)
            differences.append(Difference(name, "clock", *summaries))
            continue
        level = highest.get(key, 0)
        upcoming = _upcoming(true, level, policies, calendars)
        same = row.clock == (msgspec.structs.replace(true, pauses=()) if true.pauses else true)
        if not same or row.level_reached != level or row.next_level != upcoming:
            differences += _field_differences(name, row, true, level, upcoming)
    return _sorted(differences)


def event_differences(
    recorded: Iterable[Event], recomputed: Recomputed, now: datetime
) -> list[Difference]:
    """Each `clock.*` event must be recorded once, at its instant; their order does not matter."""
    stored = [_event_key(event) for event in recorded]
    true = [_event_key(event) for event in recomputed.events]
    for level in recomputed.levels:
        of_clock = level.clock, level.ordinal
        true.append((level.at, ClockLevelReached.type, *of_clock, level.percent))
        if level.percent == BREACH_PERCENT:
            true.append((level.at, ClockBreached.type, *of_clock, None))
    if sorted(stored) == sorted(true):
        return []  # true of most tickets, and faster than counting
    rows, truth = Counter(stored), Counter(true)
    missing = {
        key[1:] for key in truth - rows if key[1] not in TIME_DRIVEN_EVENTS or key[0] < now - GRACE
    }
    superfluous = {key[1:] for key in rows - truth}
    return _sorted(
        Difference(
            f"{clock} {ordinal}",
            type_ if percent is None else f"level {percent}",
            _instants(rows.elements(), key) or "not recorded",
            _instants(truth.elements(), key) or "never",
        )
        for key in missing | superfluous
        for type_, clock, ordinal, percent in [key]
    )


def _highest_levels(
    recorded: Iterable[Event], kept: Mapping[tuple[str, int], tuple[datetime, int]]
) -> dict[tuple[str, int], int]:
    """Under the present terms: what was reached under earlier ones counts as far as it was kept."""
    highest = {key: level for key, (_, level) in kept.items()}
    for event in recorded:
        if isinstance(level := event.data, ClockLevelReached):
            key = (level.clock, level.ordinal)
            if key in kept and event.at < kept[key][0]:
                continue
            highest[key] = max(highest.get(key, 0), level.percent)
    return highest


def _upcoming(
    clock: Clock, level: int, policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> tuple[int | None, datetime | None]:
    version = clock.calendar_version
    business_time = compile_calendar(None if version is None else calendars[version])
    levels = policies[clock.policy_version].levels
    return next_level(clock, levels, level, business_time) or (None, None)


def _summary(clock: Clock | None) -> str:
    return "none" if clock is None else f"{clock.phase}, due {clock.due_at}"


def _field_differences(
    name: str,
    row: ClockRow,
    true: Clock,
    level: int,
    upcoming: tuple[int | None, datetime | None],
) -> list[Difference]:
    compared = [(field, getattr(row.clock, field), getattr(true, field)) for field in STORED_FIELDS]
    compared.append(("level_reached", row.level_reached, level))
    compared += zip(("next_level", "next_level_at"), row.next_level, upcoming, strict=True)
    return [
        Difference(name, field, str(stored), str(recomputed))
        for field, stored, recomputed in compared
        if stored != recomputed
    ]


_EventKey = tuple[datetime, str, ClockName, int, int | None]
"""Instant, type, clock, ordinal, percent of a level. Both lists are nearly in order of instants, so
that sorting them costs little."""


def _event_key(event: Event) -> _EventKey:
    data = event.data
    assert isinstance(data, ClockEvent)
    percent = data.percent if isinstance(data, ClockLevelReached) else None
    return event.at, data.type, data.clock, data.ordinal, percent


def _instants(keys: Iterable[_EventKey], wanted: tuple[Any, ...]) -> str:
    return ", ".join(str(key[0]) for key in keys if key[1:] == wanted)


def _sorted(differences: Iterable[Difference]) -> list[Difference]:
    return sorted(differences, key=lambda difference: (difference.subject, difference.what))
