"""`sla verify` and `sla replay`: clocks recomputed from their events. Nothing is written."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Literal

import msgspec

from service_desk.database import fetch
from service_desk.rules.sla_clocks import Clock, Event, fold_both, fold_clocks, state
from service_desk.rules.sla_replay import Scenario, under, with_versions
from service_desk.rules.sla_verification import Difference, clock_differences, level_differences
from service_desk.sla.history import clock_histories
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
    """Recompute every clock and every level from the events, batch by batch.

    A working desk goes on: levels recorded since `now` are judged as of when they were recorded.
    """
    async for batch, known in clock_histories():
        differences: list[tuple[str, Difference]] = []
        for history in batch:
            until = max(now, history.levels_at or now)
            recomputed, levels = fold_both(history.events, known.policies, known.calendars, until)
            found = clock_differences(history.clocks, recomputed)
            found += level_differences(history.levels, levels, now)
            differences += [(history.number, difference) for difference in found]
        yield Verified(len(batch), differences)


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
