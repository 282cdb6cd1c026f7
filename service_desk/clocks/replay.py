"""`sla replay`: the outcomes of clocks, and what they would have been under other policies.

Nothing is written.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from service_desk.clocks.history import clock_histories
from service_desk.clocks.versions import Versions, read_policy_book
from service_desk.rows import list_rows
from service_desk.rules.clocks.fold import Clock, fold_clocks, state
from service_desk.rules.clocks.replay import Scenario, apply_scenario, merge_scenario
from service_desk.rules.clocks.verification import UNREADABLE_ERRORS
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.vocabulary import CLOCK_NAMES, ClockName
from service_desk.tables import Supplier


class Attainment(msgspec.Struct):
    """Clocks of one name: how many were judged and met in time, and would have been."""

    judged: int = 0
    met: int = 0
    would_be_judged: int = 0
    would_be_met: int = 0


ReplayOutcome = Literal["met", "missed", "running", "paused", "cancelled", "none"]
"""Met in time, or missed; the others cannot be judged. "none": there is no such clock."""
_JUDGED = ("met", "missed")


class ChangedClock(msgspec.Struct, frozen=True):
    """A clock with another outcome, judged on at least one side. `started_at` is the same on both
    sides and distinguishes a ticket's clocks of one name."""

    number: str
    clock: ClockName
    started_at: datetime
    was: ReplayOutcome
    would_be: ReplayOutcome


class NamedSupplier(msgspec.Struct, frozen=True):
    id: int
    name: str


class ReplayResult(msgspec.Struct):
    """`tickets`: how many were replayed. `unreadable`: those that were skipped, with the reason."""

    tickets: int = 0
    unreadable: dict[str, str] = {}
    clocks: dict[ClockName, Attainment] = {}
    changed: list[ChangedClock] = []


async def replay(
    scenario: Scenario, received_from: datetime, received_to: datetime, now: datetime
) -> ReplayResult:
    """Attainment of tickets received in [from, to), and what it would have been.

    A policy is chosen again whenever a ticket's kind, severity or supplier changed; the customer's
    tier is today's.
    """
    result = ReplayResult(clocks={name: Attainment() for name in CLOCK_NAMES})
    suppliers = {row.id: row.name for row in await list_rows(NamedSupplier, Supplier)}
    book = await read_policy_book()
    async for batch, known in clock_histories(received_from, received_to):
        other = merge_scenario(scenario, book, known.policies, known.calendars)
        assumed = Versions({**other.policies}, {**other.calendars})
        for history in batch:
            if history.unreadable is not None:
                result.unreadable[history.number] = str(history.unreadable)
                continue
            try:
                was = _outcomes(history.events, known, now)
                would = _outcomes(
                    apply_scenario(other, history.events, history.facts, suppliers), assumed, now
                )
            except UNREADABLE_ERRORS as error:
                result.unreadable[history.number] = f"{type(error).__name__} {error}"
                continue
            _count(result, history.number, was, would)
            result.tickets += 1
    result.clocks = {name: row for name, row in result.clocks.items() if row != Attainment()}
    return result


ReplayOutcomes = dict[tuple[ClockName, datetime, int], ReplayOutcome]


def _outcomes(events: Sequence[Event], known: Versions, now: datetime) -> ReplayOutcomes:
    """As of now, by name, start, and index among clocks that started at the same instant. Ordinals
    cannot serve: they count promised clocks, and another policy promises others."""
    outcomes: ReplayOutcomes = {}
    started: Counter[tuple[ClockName, datetime]] = Counter()
    for clock in fold_clocks(events, known.policies, known.calendars):
        key = clock.name, clock.started_at
        outcomes[*key, started[key]] = _outcome(clock, now)
        started[key] += 1
    return outcomes


def _outcome(clock: Clock, now: datetime) -> ReplayOutcome:
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
