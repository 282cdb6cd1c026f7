"""Lifetimes against the step-by-step oracle (tests/rules/clocks/slow_clocks.py): the clocks and
levels of every ticket, from its first event to after its last. The calendars open and close on
quarters of an hour (tests/clocks/lifetime_terms.py), so a step is a quarter.

The oracle is exact to the microsecond. A stored clock counts elapsed time in whole seconds: if
someone acted between two seconds, its levels may be recorded up to two seconds late.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from hypothesis import event as note

from service_desk.clocks.versions import Versions, load_applied_versions
from service_desk.database import fetch
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.fold import fold_clocks_and_levels
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.event_types import read_event
from tests.factories import NOW
from tests.rules.clocks.slow_clocks import MINUTE, SECOND, Happened, OpenTime
from tests.rules.clocks.test_ticket_clocks import same, same_levels
from tests.rules.clocks.ticket_cases import Case
from tests.rules.minutes import MinuteCalendar

MICROSECOND = timedelta(microseconds=1)
QUARTER = 15 * MINUTE
HORIZON = 600 * 24 * 4 * QUARTER  # no due time lies after it
AFTERWARDS = timedelta(hours=30)
MOMENTS = {"due_at": "due", "unanswered_since": "owed"}


class LifetimeCase(Case):
    def __init__(self, happened: list[Happened], events: list[Event], known: Versions) -> None:
        self.base = NOW
        self.calendars = dict(known.calendars)
        self.policies = dict(known.policies)
        self.happened = happened
        self.events = events
        self.now, self.last = happened[-1][0] + AFTERWARDS // MICROSECOND, HORIZON

    @property
    def slack(self) -> int:
        instants = [instant for instant, _, _ in self.happened]
        instants += [
            data[name] for _, _, data in self.happened for name in ("due", "owed") if name in data
        ]
        return 2 * SECOND if any(instant % SECOND for instant in instants) else 0

    def openness(self, version: int | None) -> OpenTime:
        return open_time(msgspec.json.encode(version and self.calendars[version]))


@cache
def open_time(calendar: bytes) -> OpenTime:
    """The calendar's open time from NOW on. JSON null: around the clock."""
    read = msgspec.json.decode(calendar, type=Calendar | None)
    if read is None:
        return OpenTime(lambda instant: True, HORIZON, QUARTER)
    hours = [*read.week.values(), *read.date_hours.values()]
    assert all(int(time[3:]) % 15 == 0 for day in hours for pair in day for time in pair)
    oracle = MinuteCalendar(read)
    return OpenTime(lambda at: oracle.is_open(NOW + at * MICROSECOND), HORIZON, QUARTER)


async def compare_with_oracle() -> None:
    """The fold with the oracle; rows and fold were compared after every step."""
    rows = await fetch(
        "SELECT ticket, type, at, data FROM ticket_event WHERE type NOT LIKE 'clock.%' ORDER BY id"
    )
    by_ticket: dict[int, list[Any]] = {}
    for row in rows:
        by_ticket.setdefault(row["ticket"], []).append(row)
    for history in by_ticket.values():
        events = [read_event(row["type"], row["at"], row["data"]) for row in history]
        known = await load_applied_versions(events)
        compare(LifetimeCase([_happened(row) for row in history], events, known))


def compare(case: LifetimeCase) -> None:
    slow = case.live()
    now = case.at(case.now)
    fast, levels = fold_clocks_and_levels(case.events, case.policies, case.calendars, now)
    note(f"{len(case.events)} events over {case.now * MICROSECOND // timedelta(days=1)} days")
    assert [(c.name, c.ordinal) for c in fast] == [(c.name, c.ordinal) for c in slow.clocks]
    for clock, expected in zip(fast, slow.clocks, strict=True):
        same(case, slow, clock, expected)
    same_levels(case, slow, levels)


def _happened(row: Any) -> Happened:
    data = dict(row["data"])
    for key, name in MOMENTS.items():
        if key in data:
            data[name] = (datetime.fromisoformat(data[key]) - NOW) // MICROSECOND
    return (row["at"] - NOW) // MICROSECOND, row["type"], data
