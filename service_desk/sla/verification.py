"""`sla verify` and `sla replay`: clocks recomputed from their events. Nothing is written."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Literal

import msgspec

from service_desk.database import fetch
from service_desk.rules.ranking import rank
from service_desk.rules.sla_clocks import Clock, Event, fold_clocks, state
from service_desk.rules.sla_replay import Scenario, under, with_versions
from service_desk.rules.sla_verification import (
    UNREADABLE,
    Difference,
    Unreadable,
    clock_differences,
    event_differences,
    recompute,
    ticket_differences,
)
from service_desk.sla.history import ClockHistory, clock_histories
from service_desk.sla.versions import Versions


class Verified(msgspec.Struct, frozen=True):
    """One batch: how many tickets, and what of them differs."""

    tickets: int
    differences: list[tuple[str, Difference]]


class Attainment(msgspec.Struct):
    """How many clocks of one name were judged, met in time as it was, and as it would be."""

    judged: int = 0
    met: int = 0
    would_be_judged: int = 0
    would_be_met: int = 0


Side = Literal["met", "missed", "running", "paused", "cancelled", "none"]
"""Met in time or missed; the others cannot be judged (yet). "none": there is no such clock."""
_JUDGED = ("met", "missed")


class Changed(msgspec.Struct, frozen=True):
    """A clock that changes side: it can be judged as it was or as it would be, and differs."""

    number: str
    clock: str
    was: Side
    would_be: Side


class Replayed(msgspec.Struct):
    """What became of the clocks of that many tickets."""

    tickets: int = 0
    clocks: dict[str, Attainment] = {}
    changed: list[Changed] = []


async def verify_clocks(now: datetime) -> AsyncGenerator[Verified]:
    """Recompute every clock, what was written of it and its ticket's rank from the events, batch by
    batch.

    A working desk goes on: levels recorded since `now` are judged as of when they were recorded.
    """
    async for batch, known in clock_histories():
        found = [
            (history.number, difference)
            for history in batch
            for difference in _differences(history, known, now)
        ]
        yield Verified(len(batch), found)


def _differences(history: ClockHistory, known: Versions, now: datetime) -> list[Difference]:
    """Of one ticket; one whose history cannot be read does not keep the others from it."""
    until = max(now, history.levels_at or now)
    try:
        true = recompute(history.changes, known.policies, known.calendars, until)
        facts = history.facts
        ranking = rank(true.clocks, facts.severity, facts.tier, history.earlier_complaints)
        return [
            *ticket_differences(history.received_at, history.rank_at, history.events, ranking),
            *clock_differences(
                history.rows, true.clocks, history.told, known.policies, known.calendars
            ),
            *event_differences(history.told, true, now),
        ]
    except Unreadable as error:
        return [Difference("history", "unreadable", str(error), None)]
    except UNREADABLE as error:
        said = f"{type(error).__name__} {error}"
        return [Difference("history", "unreadable", said, None)]


async def replay(
    scenario: Scenario, received_from: datetime, received_to: datetime, now: datetime
) -> Replayed:
    """What attainment of tickets received in [from, to) was, and would have been.

    The policy of each is chosen anew whenever its kind, severity or supplier changed; the
    customer's tier is the one of today.
    """
    result = Replayed()
    suppliers = {row["id"]: row["name"] for row in await fetch("SELECT id, name FROM supplier")}
    async for batch, known in clock_histories(received_from, received_to):
        other = with_versions(scenario, known.policies, known.calendars)
        assumed = Versions(other.policies, other.calendars)
        for history in batch:
            was = _sides(history.events, known, now)
            would = _sides(under(other, history.events, history.facts, suppliers), assumed, now)
            _count(result, history.number, was, would)
        result.tickets += len(batch)
    return result


Sides = dict[tuple[str, int], Side]


def _sides(events: list[Event], known: Versions, now: datetime) -> Sides:
    """Of each clock by name and ordinal, as of now."""
    clocks = fold_clocks(events, known.policies, known.calendars)
    return {(clock.name, clock.ordinal): _side(clock, now) for clock in clocks}


def _side(clock: Clock, now: datetime) -> Side:
    as_of_now = state(clock, now)
    return "missed" if as_of_now == "breached" else as_of_now


def _count(result: Replayed, number: str, was: Sides, would: Sides) -> None:
    for key in sorted(was.keys() | would.keys()):
        name, _ = key
        old, new = was.get(key, "none"), would.get(key, "none")
        attainment = result.clocks.setdefault(name, Attainment())
        attainment.judged += old in _JUDGED
        attainment.met += old == "met"
        attainment.would_be_judged += new in _JUDGED
        attainment.would_be_met += new == "met"
        if old != new and (old in _JUDGED or new in _JUDGED):
            result.changed.append(Changed(number, name, old, new))
