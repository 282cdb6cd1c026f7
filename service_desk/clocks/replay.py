"""`sla replay`: what clocks were, and would have been under other policies. Nothing is written."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from service_desk.clocks.history import clock_histories
from service_desk.clocks.versions import Versions, read_policy_book
from service_desk.database import fetch
from service_desk.rules.clocks.fold import Clock, Event, fold_clocks, state
from service_desk.rules.clocks.replay import Scenario, apply_scenario, merge_scenario
from service_desk.rules.clocks.verification import UNREADABLE_ERRORS
from service_desk.rules.tickets.vocabulary import CLOCK_NAMES


class Attainment(msgspec.Struct):
    """How many clocks of one name were judged, met in time as it was, and as it would be."""

    judged: int = 0
    met: int = 0
    would_be_judged: int = 0
    would_be_met: int = 0


ReplayOutcome = Literal["met", "missed", "running", "paused", "cancelled", "none"]
"""Met in time or missed; the others cannot be judged (yet). "none": there is no such clock."""
_JUDGED = ("met", "missed")


class ChangedClock(msgspec.Struct, frozen=True):
    """A clock that changes side: it can be judged as it was or as it would be, and differs. A
    ticket's clocks of one name are told apart by when they started: that is the same for both."""

    number: str
    clock: str
    started_at: datetime
    was: ReplayOutcome
    would_be: ReplayOutcome


class ReplayResult(msgspec.Struct):
    """What became of the clocks of that many tickets; `unreadable`: with the reason, those whose
    history is none, which count for nothing."""

    tickets: int = 0
    unreadable: dict[str, str] = {}
    clocks: dict[str, Attainment] = {}
    changed: list[ChangedClock] = []


async def replay(
    scenario: Scenario, received_from: datetime, received_to: datetime, now: datetime
) -> ReplayResult:
    """What attainment of tickets received in [from, to) was, and would have been.

    The policy of each is chosen anew whenever its kind, severity or supplier changed; the
    customer's tier is the one of today.
    """
    result = ReplayResult(clocks={name: Attainment() for name in CLOCK_NAMES})
    suppliers = {row["id"]: row["name"] for row in await fetch("SELECT id, name FROM supplier")}
    book = await read_policy_book()
    async for batch, known in clock_histories(received_from, received_to):
        other = merge_scenario(scenario, book, known.policies, known.calendars)
        assumed = Versions({**other.policies}, {**other.calendars})
        for history in batch:
            try:
                was = _sides(history.events, known, now)
                would = _sides(
                    apply_scenario(other, history.events, history.facts, suppliers), assumed, now
                )
            except UNREADABLE_ERRORS as error:
                result.unreadable[history.number] = f"{type(error).__name__} {error}"
                continue
            _count(result, history.number, was, would)
            result.tickets += 1
    result.clocks = {name: row for name, row in result.clocks.items() if row != Attainment()}
    return result


ReplayOutcomes = dict[tuple[str, datetime, int], ReplayOutcome]


def _sides(events: Sequence[Event], known: Versions, now: datetime) -> ReplayOutcomes:
    """As of now, of each clock by name and start, and which of those that started at once: their
    ordinals count only what was promised, which another policy does not promise the same."""
    sides: ReplayOutcomes = {}
    started: Counter[tuple[str, datetime]] = Counter()
    for clock in fold_clocks(events, known.policies, known.calendars):
        key = clock.name, clock.started_at
        sides[*key, started[key]] = _side(clock, now)
        started[key] += 1
    return sides


def _side(clock: Clock, now: datetime) -> ReplayOutcome:
    as_of_now = state(clock, now)
    return "missed" if as_of_now == "breached" else as_of_now


def _count(result: ReplayResult, number: str, was: ReplayOutcomes, would: ReplayOutcomes) -> None:
    in_order = [*result.clocks]
    for key in sorted(was.keys() | would.keys(), key=lambda key: (in_order.index(key[0]), *key)):
        name, started_at, _ = key
        old, new = was.get(key, "none"), would.get(key, "none")
        attainment = result.clocks[name]
        attainment.judged += old in _JUDGED
        attainment.met += old == "met"
        attainment.would_be_judged += new in _JUDGED
        attainment.would_be_met += new == "met"
        if old != new and (old in _JUDGED or new in _JUDGED):
            result.changed.append(ChangedClock(number, name, started_at, old, new))
