"""Rows against the pure fold of their events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.verification import verify_clocks
from service_desk.clocks.versions import Versions, load_versions
from service_desk.database import fetch, fetch_value
from service_desk.rules.clocks.clock import Clock, next_level
from service_desk.rules.clocks.fold import fold_clocks, fold_levels
from service_desk.rules.clocks.ranking import RankReason, rank
from service_desk.rules.clocks.verification import Difference
from service_desk.rules.tickets.clock_events import ClockEvent, ClockLevelReached
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.event_types import read_event

PHASE_AFTER = {
    "clock.started": "running",
    "clock.paused": "paused",
    "clock.resumed": "running",
    "clock.met": "met",
    "clock.cancelled": "cancelled",
}
ENDED = ("met", "cancelled")


async def verified(now: datetime) -> list[tuple[str, Difference]]:
    """The differences that `sla verify` would report, with ticket numbers."""
    return [difference async for batch in verify_clocks(now) for difference in batch.differences]


async def newest_message(number: str) -> int:
    """The id of the customer's latest message on that ticket."""
    return await fetch_value(
        "SELECT max(m.id) FROM message m JOIN ticket t ON t.id = m.ticket "
        "WHERE t.number = $1 AND m.direction = 'in'",
        number,
    )


async def due_times() -> set[tuple[Any, ...]]:
    """Ticket number, clock, ordinal and due time of the unfinished clocks of open tickets."""
    rows = await fetch(
        "SELECT t.number, c.name, c.ordinal, c.due_at "
        "FROM clock c JOIN ticket t ON t.id = c.ticket "
        "WHERE c.phase IN ('running', 'paused') AND t.state NOT IN ('resolved', 'closed')"
    )
    return {tuple(row) for row in rows}


async def tickets_with_terms_since(event: int) -> list[str]:
    """The numbers of tickets that got new terms after that event."""
    rows = await fetch(
        "SELECT DISTINCT t.number FROM ticket_event e JOIN ticket t ON t.id = e.ticket "
        "WHERE e.type = 'sla.policy_applied' AND e.id > $1",
        event,
    )
    return [row["number"] for row in rows]


async def compare_all(as_of: Mapping[str, datetime]) -> None:
    """Compare every ticket. `as_of`: by number, the instant up to which its levels are recorded."""
    tickets = await fetch(
        "SELECT t.*, c.tier FROM ticket t JOIN customer c ON c.id = t.customer ORDER BY t.id"
    )
    events = await fetch("SELECT ticket, type, at, data FROM ticket_event ORDER BY id")
    clocks = await fetch("SELECT * FROM clock ORDER BY id")
    alerts = await fetch(
        "SELECT clock.ticket, name, ordinal, percent, at FROM staff_alert "
        "JOIN clock ON clock.id = staff_alert.clock"
    )
    known = await load_versions(
        {row["data"]["policy_version"] for row in events if row["type"] == "sla.policy_applied"},
        {row["data"]["calendar_version"] for row in events if row["type"] == "sla.policy_applied"},
    )
    assert {row["number"] for row in tickets} >= as_of.keys()
    for ticket in tickets:
        history = [
            read_event(row["type"], row["at"], row["data"])
            for row in events
            if row["ticket"] == ticket["id"]
        ]
        own = [row for row in clocks if row["ticket"] == ticket["id"]]
        alerted = [row for row in alerts if row["ticket"] == ticket["id"]]
        folded = fold_clocks(history, known.policies, known.calendars)
        compare_clocks(own, folded, history, known)
        compare_levels(own, history, alerted, known, as_of[ticket["number"]])
        compare_state(ticket["state"], folded, known)
        ranking = rank(folded, ticket["severity"], ticket["tier"], ticket["earlier_complaints"])
        because = msgspec.convert(ticket["rank_because"], tuple[RankReason, ...])
        assert (ticket["rank_at"], because) == (ranking.rank_at, ranking.because)


def compare_clocks(
    rows: list[Any], folded: tuple[Clock, ...], history: list[Event], known: Versions
) -> None:
    assert len(rows) == len(folded)
    by_key = {(row["name"], row["ordinal"]): row for row in rows}
    for clock in folded:
        row = by_key[clock.name, clock.ordinal]
        for field in Clock.__struct_fields__:
            if field != "pauses":
                assert row[field] == getattr(clock, field), f"{clock.name} {field}"
        levels = known.policies[clock.policy_version].levels
        business_time = known.business_time(clock.calendar_version)
        upcoming = next_level(clock, levels, row["level_reached"], business_time)
        assert (row["next_level"], row["next_level_at"]) == (upcoming or (None, None))
        phases = [
            PHASE_AFTER[event.type]
            for event in history
            if event.type in PHASE_AFTER and _key(event) == (clock.name, clock.ordinal)
        ]
        assert phases.count("running") >= 1
        assert phases[-1] == clock.phase


def compare_levels(
    rows: list[Any], history: list[Event], alerts: list[Any], known: Versions, as_of: datetime
) -> None:
    """Each level exactly once, at its instant, in order, with one alert; a breach at 100 %."""
    recorded = [event for event in history if isinstance(event.data, ClockLevelReached)]
    reached = [
        (level.clock, level.ordinal, level.percent, event.at)
        for event in recorded
        if isinstance(level := event.data, ClockLevelReached)
    ]
    expected = fold_levels(history, known.policies, known.calendars, as_of)
    assert sorted(reached) == sorted((e.clock, e.ordinal, e.percent, e.at) for e in expected)
    assert [event.at for event in recorded] == sorted(event.at for event in recorded)
    assert sorted(reached) == sorted(
        (row["name"], row["ordinal"], row["percent"], row["at"]) for row in alerts
    )
    breached = [(*_key(e), 100, e.at) for e in history if e.type == "clock.breached"]
    assert sorted(breached) == sorted(level for level in reached if level[2] == 100)
    known_levels = {level for policy in known.policies.values() for level in policy.levels}
    for row in rows:
        of_clock = [level[2] for level in reached if level[:2] == (row["name"], row["ordinal"])]
        highest = max(of_clock, default=0)
        # Under other terms it may have sunk to any level below; `sla verify` knows to which.
        kept = {level for level in known_levels if level < highest}
        assert row["level_reached"] in {0, *of_clock, *kept}


def compare_state(state: str, clocks: tuple[Clock, ...], known: Versions) -> None:
    """The phases that the ticket's state alone determines."""
    if state in ("resolved", "closed"):
        owed = ("handling", "response", "next_response", "promise") * (state == "resolved")
        assert all(clock.phase in ENDED or clock.name in owed for clock in clocks)
        return
    for clock in clocks:
        if clock.phase not in ENDED:
            policy = known.policies[clock.policy_version]
            pauses = clock.name == "resolution" and (
                state == "waiting_customer"
                or (state == "waiting_supplier" and policy.pause_on_supplier)
                or (state == "waiting_parts" and policy.pause_on_parts)
            )
            assert clock.phase == ("paused" if pauses else "running")


def _key(event: Event) -> tuple[str, int]:
    assert isinstance(event.data, ClockEvent)
    return event.data.clock, event.data.ordinal
