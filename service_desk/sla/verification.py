"""`sla verify` and `sla replay`: clocks recomputed from their events. Nothing is written."""

from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec

from service_desk.rules.sla_clocks import Event, fold_both, fold_clocks, state
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


class Replayed(msgspec.Struct):
    """`changed`: ticket number, clock, and whether it would now be met (else missed)."""

    tickets: int = 0
    clocks: dict[str, Attainment] = {}
    changed: list[tuple[str, str, bool]] = []


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
    """What attainment of tickets received in [from, to) was, and would have been."""
    result = Replayed()
    async for batch, known in clock_histories(received_from, received_to):
        other = with_versions(scenario, known.policies, known.calendars)
        assumed = Versions(other.policies, other.calendars)
        for history in batch:
            was = _sides(history.events, known, now)
            would = _sides(under(other, history.events, history.facts), assumed, now)
            _count(result, history.number, was, would)
        result.tickets += len(batch)
    return result


Sides = dict[tuple[str, int], bool]


def _sides(events: list[Event], known: Versions, now: datetime) -> Sides:
    """Met in time or missed, of each clock that can be judged as of now."""
    clocks = fold_clocks(events, known.policies, known.calendars)
    judged = {(clock.name, clock.ordinal): state(clock, now) for clock in clocks}
    return {key: side == "met" for key, side in judged.items() if side in ("met", "breached")}


def _count(result: Replayed, number: str, was: Sides, would: Sides) -> None:
    for key in sorted(was.keys() | would.keys()):
        name, _ = key
        attainment = result.clocks.setdefault(name, Attainment())
        if key in was:
            attainment.judged += 1
            attainment.met += was[key]
        if key in would:
            attainment.would_be_judged += 1
            attainment.would_be_met += would[key]
        if key in was and key in would and was[key] != would[key]:
            result.changed.append((number, name, would[key]))
