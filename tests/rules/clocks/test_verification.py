"""Which deviations of stored clocks from their events are differences."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from service_desk.rules.clocks.ranking import Ranking
from service_desk.rules.clocks.verification import (
    GRACE,
    ClockRow,
    Difference,
    Recomputed,
    UnreadableHistory,
    clock_differences,
    event_differences,
    recompute,
    ticket_differences,
)
from service_desk.rules.policies.policies import SHIPPED_POLICIES
from service_desk.rules.tickets.clock_events import ClockBreached, ClockLevelReached
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import PolicyApplied
from tests.events import event

NOW = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STANDARD = next(policy for policy in SHIPPED_POLICIES if policy.name == "standard")
POLICIES = {1: STANDARD}
APPLIED = PolicyApplied("standard", 1, None)
OPENED = (
    event("ticket.opened", NOW),
    Event(NOW, APPLIED),
)


def after(hours: float) -> Recomputed:
    """A ticket under the standard policy without an answer."""
    return recompute([OPENED], POLICIES, {}, NOW + hours * HOUR)


def rows(true: Recomputed) -> list[ClockRow]:
    """As stored before any level was recorded."""
    first = {"response": 1, "handling": 2, "resolution": 24}  # hours to 50 %
    return [ClockRow(clock, 0, (50, NOW + first[clock.name] * HOUR)) for clock in true.clocks]


def recorded(true: Recomputed) -> list[Event]:
    events = list(true.events)
    for level in true.levels:
        of_clock = level.clock, level.ordinal
        events.append(Event(level.at, ClockLevelReached(*of_clock, level.percent)))
        if level.percent == 100:
            events.append(Event(level.at, ClockBreached(*of_clock)))
    return events


def test_the_order_of_recorded_events_does_not_matter() -> None:
    true = after(3)
    levels = [(level.clock, level.percent) for level in true.levels]
    assert levels == [("response", 50), ("response", 80), ("response", 100), ("handling", 50)]
    assert event_differences(reversed(recorded(true)), true, NOW + 3 * HOUR) == []


@pytest.mark.parametrize("place", range(3))
def test_a_missing_or_duplicate_event_is_a_difference(place: int) -> None:
    true = after(3)
    events = recorded(true)
    missing = event_differences([*events[:place], *events[place + 1 :]], true, NOW + 5 * HOUR)
    assert [difference.stored for difference in missing] == ["not recorded"]
    assert len(event_differences([*events, events[place]], true, NOW + 5 * HOUR)) == 1


def test_the_sweep_may_be_a_minute_late() -> None:
    true = after(1 + 1 / 3600)
    started = list(true.events)
    assert event_differences(started, true, NOW + HOUR + GRACE) == []
    late = event_differences(started, true, NOW + HOUR + GRACE + timedelta(seconds=1))
    assert [str(difference) for difference in late] == [
        f"response 1: level 50: stored not recorded, recomputed {NOW + HOUR}"
    ]


def test_every_field_and_the_next_level_are_compared() -> None:
    true = after(0)
    kept = rows(true)
    assert clock_differences(kept, true.clocks, true.events, POLICIES, {}) == []
    moved = replace(kept[0], clock=replace(kept[0].clock, due_at=NOW))
    asleep = replace(kept[1], next_level=(None, None))
    found = clock_differences([moved, asleep, *kept[2:]], true.clocks, true.events, POLICIES, {})
    assert [(difference.subject, difference.what) for difference in found] == [
        ("handling 1", "next_level"), ("handling 1", "next_level_at"), ("response 1", "due_at"),
    ]  # fmt: skip
    gone = clock_differences(kept[1:], true.clocks, true.events, POLICIES, {})
    assert [(difference.what, difference.stored) for difference in gone] == [("clock", "none")]


def test_an_unreadable_history_names_the_event() -> None:
    unknown = Event(NOW, replace(APPLIED, policy_version=999))
    with pytest.raises(UnreadableHistory, match=r"sla\.policy_applied of 2026-10-19"):
        recompute([(OPENED[0], unknown)], POLICIES, {}, NOW)


def test_received_at_and_rank_are_compared() -> None:
    assert ticket_differences(NOW, NOW, OPENED, Ranking(NOW)) == []
    assert ticket_differences(NOW - HOUR, NOW, OPENED, Ranking(NOW + HOUR)) == [
        Difference("ticket", "rank_at", str(NOW), str(NOW + HOUR)),
        Difference("ticket", "received_at", str(NOW - HOUR), str(NOW)),
    ]
