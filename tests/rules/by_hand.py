"""Short histories for tests of the clocks: a ticket opened on a Monday at 10:00 in Shanghai."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.fold import Clock, fold_clocks
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Policy
from service_desk.rules.tickets.event import Event
from tests.events import event

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
OFFICE = [("09:00", "12:00"), ("13:00", "18:00")]
CALENDARS = {1: Calendar(week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE))}
SAFETY, COUNTER, STANDARD = SHIPPED_POLICIES
PATIENT = Policy(name="patient", targets=STANDARD.targets, pause_on_supplier=True)
BARE = Policy(name="bare", targets={"resolution": 48 * 3600})
QUICK = Policy(name="quick", targets={"response": 3600})
POLICIES = {1: STANDARD, 2: SAFETY, 3: PATIENT, 4: BARE, 5: QUICK}

Later = tuple[float, str] | tuple[float, str, dict[str, Any]]  # hours since, event type, data

ANSWER = ("message.sent", {"automatic": False})


def ticket(*later: Later, policy: int = 1, calendar: int | None = None) -> list[Event]:
    """Opened on Monday at 10:00; `later`: (hours since, event type, data)."""
    applied = {"policy_version": policy, "calendar_version": calendar}
    events: list[Later] = [(0, "ticket.opened"), (0, "sla.policy_applied", applied), *later]
    return [
        event(kind, MONDAY + hours * HOUR, *data)
        for hours, kind, *data in events
    ]  # fmt: skip


def clocks(*later: Any, **versions: Any) -> dict[str, Clock]:
    """By name; "promise 2" is the second of that name."""
    folded = fold_clocks(ticket(*later, **versions), POLICIES, CALENDARS)
    return {
        clock.name if clock.ordinal == 1 else f"{clock.name} {clock.ordinal}": clock
        for clock in folded
    }


def at(hours: float) -> datetime:
    return MONDAY + hours * HOUR


def apply(policy: int, calendar: int | None = None) -> tuple[str, dict[str, Any]]:
    return "sla.policy_applied", {"policy_version": policy, "calendar_version": calendar}
