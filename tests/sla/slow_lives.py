"""Lifetimes against living through every minute of them (tests/rules/slow_clocks.py).

What real operations wrote is cut where that way ends: at the first event between two minutes, and
after a day and a quarter.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hypothesis import event as note

from service_desk.database import fetch
from service_desk.rules.sla_clocks import Event, fold_clocks
from service_desk.sla.versions import versions
from tests.rules.test_ticket_clocks import LAST_EVENT, Case, same

MINUTE = timedelta(minutes=1)
MOMENTS = {"due_at": "due_minute", "owed_since": "owed_minute"}
ENOUGH = 4  # events, for a history worth living through


class LivedCase(Case):
    def __init__(self, base: datetime, minutes: list[tuple[int, Event]], known: Any) -> None:
        self.base = base
        self.calendars = known.calendars
        self.policies = known.policies
        self.minutes = minutes
        self.events = [event for _, event in minutes]


async def compare_with_minutes() -> None:
    """The ticket to which most happened; its rows were compared with the fold step by step."""
    rows = await fetch(
        "SELECT ticket, type, at, data FROM ticket_event WHERE type NOT LIKE 'clock.%' ORDER BY id"
    )
    by_ticket: dict[int, list[Any]] = {}
    for row in rows:
        by_ticket.setdefault(row["ticket"], []).append(row)
    lives = [list(_in_minutes(history)) for history in by_ticket.values()]
    longest = max(range(len(lives)), key=lambda place: len(lives[place]))
    if len(lives[longest]) < ENOUGH:
        return
    applied = [event.data for _, event in lives[longest] if event.type == "sla.policy_applied"]
    known = await versions(
        {data["policy_version"] for data in applied},
        {data["calendar_version"] for data in applied},
    )
    case = LivedCase(_base(list(by_ticket.values())[longest]), lives[longest], known)
    slow = case.live()
    fast = fold_clocks(case.events, case.policies, case.calendars)
    note(f"{len(case.events)} events in minutes")
    assert [(c.name, c.ordinal) for c in fast] == [(c.name, c.ordinal) for c in slow.clocks]
    for clock, expected in zip(fast, slow.clocks, strict=True):
        same(case, slow, clock, expected)


def _in_minutes(history: list[Any]) -> Iterator[tuple[int, Event]]:
    base = _base(history)
    for row in history:
        data = dict(row["data"])
        moments = {
            name: datetime.fromisoformat(data[key]) for key, name in MOMENTS.items() if key in data
        }
        if any((at - base) % MINUTE for at in (row["at"], *moments.values())):
            return
        minute = (row["at"] - base) // MINUTE
        if minute > LAST_EVENT:
            return
        data |= {name: (at - base) // MINUTE for name, at in moments.items()}
        yield minute, Event(row["type"], row["at"], data)


def _base(history: list[Any]) -> datetime:
    """Before everything: what was merged into a ticket may be older than it."""
    owed = [row["data"]["owed_since"] for row in history if "owed_since" in row["data"]]
    return min([history[0]["at"], *map(datetime.fromisoformat, owed)])
