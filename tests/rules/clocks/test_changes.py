"""The events recorded of clocks that an event changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service_desk.rules.clocks.changes import transitions
from service_desk.rules.clocks.fold import Clock, fold_clocks
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Policy
from service_desk.rules.tickets.clock_events import ClockEvent
from tests.events import event

HOUR = timedelta(hours=1)
START = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)
SAFETY, _, STANDARD = SHIPPED_POLICIES
BARE = Policy(name="bare", targets={"response": 3600})
POLICIES = {1: STANDARD, 2: SAFETY, 3: BARE}
WAITS = ("ticket.waiting", {"for": "customer"})


def at(hours: float) -> datetime:
    return START + hours * HOUR


def apply(policy: int) -> tuple[str, dict[str, Any]]:
    return "sla.policy_applied", {"policy_version": policy, "calendar_version": None}


def folds(*later: tuple[float, str, dict[str, Any]]) -> tuple[tuple[Clock, ...], tuple[Clock, ...]]:
    """The clocks before and after the last event."""
    history: list[tuple[float, str, dict[str, Any]]] = [
        (0, "ticket.opened", {}),
        (0, *apply(1)),
        *later,
    ]
    events = [event(kind, at(hours), data) for hours, kind, data in history]
    return fold_clocks(events[:-1], POLICIES, {}), fold_clocks(events, POLICIES, {})


def of_resolution(*later: tuple[float, str, dict[str, Any]]) -> list[tuple[str, datetime, Any]]:
    events = transitions(*folds(*later), at(later[-1][0]))
    return [
        (event.type, event.at, getattr(event.data, "due_at", None))
        for event in events
        if isinstance(event.data, ClockEvent) and event.data.clock == "resolution"
    ]


def test_a_moved_due_time_is_recorded_running_or_paused() -> None:
    assert of_resolution((2, *apply(2))) == [("clock.due_moved", at(2), at(24))]
    assert of_resolution((1, *WAITS), (2, *apply(2))) == [("clock.due_moved", at(2), at(24))]
    by_hand = ("due.set", {"clock": "resolution", "due_at": at(30)})
    assert of_resolution((1, *WAITS), (2, *by_hand)) == [("clock.due_moved", at(2), at(30))]


def test_resuming_records_the_due_time_without_due_moved() -> None:
    resumed = of_resolution((1, *WAITS), (3, "ticket.resumed", {}))
    assert resumed == [("clock.resumed", at(3), at(50))]


def test_a_clock_reopened_into_a_pause_records_its_due_time() -> None:
    gone = [(1, *WAITS), (2, *apply(3))]
    assert of_resolution(*gone) == [("clock.cancelled", at(2), None)]
    assert of_resolution(*gone, (3, *apply(1))) == [("clock.paused", at(3), None)]
    assert of_resolution(*gone, (3, *apply(2))) == [
        ("clock.due_moved", at(3), at(24)),
        ("clock.paused", at(3), None),
    ]


def test_no_change_records_no_event() -> None:
    assert of_resolution((1, "note.added", {})) == []
    assert of_resolution((1, *WAITS), (2, *WAITS)) == []
