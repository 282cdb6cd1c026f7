"""The clocks against living through every minute (tests/rules/slow_clocks.py)."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.business_time import Calendar, compile_calendar
from service_desk.rules.sla_clocks import (
    Clock,
    Event,
    elapsed,
    fold_clocks,
    fold_levels,
    next_level,
    remaining_seconds,
    state,
)
from service_desk.rules.sla_policies import WITH_TARGET, Policy
from tests.rules.minutes import MINUTE, MinuteCalendar, calendars_and_starts
from tests.rules.slow_clocks import NEVER, SlowClock, SlowTicket

LAST_EVENT = 30 * 60  # minutes
NOW = 33 * 60
WINDOW = 3 * 24 * 60

minutes = st.integers(0, LAST_EVENT)

KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "message.received": st.fixed_dictionaries({"message": st.integers(1, 3)}),
    "message.moved": st.fixed_dictionaries({"message": st.integers(1, 3)}),
    "ticket.absorbed": st.one_of(st.just({}), st.fixed_dictionaries({"owed_minute": minutes})),
    "message.sent": st.sampled_from([{"automatic": False}] * 3 + [{"automatic": True}]),
    "call.logged": st.sampled_from([{"answered": True}, {"answered": False}]),
    "plan.recorded": st.just({}),
    "promise.made": st.fixed_dictionaries({"due_minute": minutes}),
    "ticket.referred": st.just({}),
    "referral.answered": st.just({}),
    "ticket.waiting": st.sampled_from([{"for": x} for x in ("customer", "supplier", "parts")]),
    "ticket.resumed": st.just({}),
    "ticket.resolved": st.just({}),
    "ticket.closed": st.just({}),
    "ticket.merged": st.just({}),
    "ticket.reopened": st.just({}),
    "ticket.noted": st.just({}),
    "due.set": st.fixed_dictionaries(
        {"clock": st.sampled_from([*WITH_TARGET, "promise"]), "due_minute": minutes}
    ),
    "sla.policy_applied": st.fixed_dictionaries(
        {"policy_version": st.integers(1, 3), "calendar_version": st.sampled_from([None, 1, 2])}
    ),
}
# What belongs together comes together more often than chance would have it.
FRAGMENTS = [
    ["ticket.waiting", "ticket.resumed"],
    ["ticket.waiting", "sla.policy_applied", "ticket.resumed"],
    ["ticket.waiting", "due.set", "message.received"],
    ["ticket.resolved", "ticket.reopened"],
    ["ticket.resolved", "message.received", "ticket.reopened"],
    ["ticket.resolved", "sla.policy_applied", "ticket.reopened"],
    ["message.sent", "message.received"],
    ["message.sent", "message.received", "message.moved"],
    ["message.received", "ticket.resolved", "message.moved", "ticket.reopened"],
    ["message.sent", "ticket.absorbed"],
    ["due.set", "sla.policy_applied"],
    ["sla.policy_applied", "sla.policy_applied"],
    ["ticket.waiting", "ticket.resumed", "sla.policy_applied", "sla.policy_applied"],
    *[[kind] for kind in KINDS],
]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, tuple[str, dict[str, Any]]]]:
    fragments = draw(st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=8))
    kinds = [kind for fragment in fragments for kind in fragment]
    at = sorted(draw(st.lists(minutes, min_size=len(kinds), max_size=len(kinds))))
    return [(minute, (kind, draw(KINDS[kind]))) for minute, kind in zip(at, kinds, strict=True)]


class Case:
    """A ticket's history, in minutes for the slow way and as events for the fast one."""

    def __init__(
        self,
        base: datetime,
        calendar_version: int | None,
        calendars: list[Calendar],
        policies: list[Policy],
        history: list[tuple[int, tuple[str, dict[str, Any]]]],
    ) -> None:
        self.base = base
        self.calendars = dict(enumerate(calendars, 1))
        self.policies = dict(enumerate(policies, 1))
        first = {"policy_version": 1, "calendar_version": calendar_version}
        begun = [(0, ("ticket.opened", {})), (0, ("sla.policy_applied", first))]
        self.minutes = [
            (minute, Event(kind, self.at(minute), self.dated(data)))
            for minute, (kind, data) in [*begun, *history]
        ]
        self.events = [event for _, event in self.minutes]

    def at(self, minute: int) -> datetime:
        return self.base + minute * MINUTE

    def dated(self, data: dict[str, Any]) -> dict[str, Any]:
        if "owed_minute" in data:
            return data | {"owed_since": self.at(data["owed_minute"]).isoformat()}
        if "due_minute" not in data:
            return data
        return data | {"due_at": self.at(data["due_minute"]).isoformat()}

    def live(self) -> SlowTicket:
        open_minutes: dict[int | None, list[bool]] = {None: [True] * WINDOW}
        for version in {event.data.get("calendar_version") for event in self.events} - {None}:
            oracle = MinuteCalendar(self.calendars[version])
            open_minutes[version] = [oracle.is_open(self.at(m)) for m in range(WINDOW)]
        ticket = SlowTicket(self.minutes, self.policies, open_minutes)
        ticket.live(NOW)
        return ticket


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Often everything happens on the half hour, so that things meet on the same instant."""
    calendar, base = draw(calendars_and_starts())
    other, _ = draw(calendars_and_starts())
    grain = draw(st.sampled_from([1, 30, 60]))
    target = st.integers(1, 720 // max(grain, 10)).map(lambda n: n * max(grain, 10) * 60)
    mostly = st.sampled_from([True, True, True, False])
    levels = st.sampled_from([Policy("", {}).levels, (100,), (1, 100, 1000), (25, 70, 100, 101)])
    policies = [
        Policy(
            name="any",
            targets={name: draw(target) for name in WITH_TARGET if draw(mostly)},
            levels=draw(levels),
            pause_on_supplier=draw(st.booleans()),
            pause_on_parts=draw(st.booleans()),
        )
        for _ in range(3)
    ]
    history = [
        (minute - minute % grain, (kind, _on_the(grain, data)))
        for minute, (kind, data) in draw(histories())
    ]
    return Case(base, draw(st.sampled_from([None, 1])), [calendar, other], policies, history)


def _on_the(grain: int, data: dict[str, Any]) -> dict[str, Any]:
    return {k: v - v % grain if k.endswith("_minute") else v for k, v in data.items()}


@given(cases())
def test_clocks_and_levels_as_minute_by_minute(case: Case) -> None:
    slow = case.live()
    fast = fold_clocks(case.events, case.policies, case.calendars)
    assert [(c.name, c.ordinal) for c in fast] == [(c.name, c.ordinal) for c in slow.clocks]
    for clock, expected in zip(fast, slow.clocks, strict=True):
        note(f"{clock.name} {state(clock, case.at(NOW))}")
        same(case, slow, clock, expected)
    levels = fold_levels(case.events, case.policies, case.calendars, case.at(NOW))
    assert sorted(
        (level.at, level.clock, level.ordinal, level.percent) for level in levels
    ) == sorted((case.base + timedelta(seconds=second), *about) for second, *about in slow.levels)


def same(case: Case, slow: SlowTicket, clock: Clock, expected: SlowClock) -> None:
    now = case.at(NOW)
    business_time = compile_calendar(case.calendars.get(clock.calendar_version or 0))
    due = expected.due_when_paused if expected.phase == "paused" else expected.due
    assert clock.phase == expected.phase
    assert clock.started_at == case.at(expected.start)
    assert clock.target_seconds == expected.target * 60 or due == NEVER
    assert clock.due_at == case.at(due) if due != NEVER else clock.due_at > case.at(WINDOW)
    assert clock.met_at == (case.at(expected.ended) if expected.phase == "met" else None)
    cancelled = expected.phase == "cancelled"
    assert clock.cancelled_at == (case.at(expected.ended) if cancelled else None)
    assert clock.due_by_hand == expected.by_hand
    assert elapsed(clock, now, business_time) == expected.used * 60
    remaining = clock.target_seconds - expected.used * 60
    assert remaining_seconds(clock, now, business_time) == remaining
    assert clock.pauses == tuple((case.at(a), case.at(b)) for a, b in expected.pauses)
    paused = sum(slow.count(expected, start, stop) for start, stop in expected.pauses)
    assert clock.paused_seconds == paused * 60
    assert (state(clock, now) == "breached") == _is_late(expected, due)


def _is_late(clock: SlowClock, due: int) -> bool:
    if clock.ended is not None:
        return clock.ended > due
    return (NOW if clock.paused_from is None else clock.moved_from) > due


@given(cases(), st.lists(st.integers(0, NOW), max_size=20))
def test_a_worker_that_sleeps_records_the_same(case: Case, wakes: list[int]) -> None:
    """Sweeps at any times, and a catch-up before each event: exactly the same levels."""
    recorded: list[tuple[datetime, str, int, int]] = []
    highest: dict[tuple[str, int], int] = {}
    so_far: list[Event] = []

    def sweep(now: datetime) -> None:
        for clock in fold_clocks(so_far, case.policies, case.calendars):
            levels = case.policies[clock.policy_version].levels
            business_time = compile_calendar(case.calendars.get(clock.calendar_version or 0))
            key = clock.name, clock.ordinal
            upcoming = next_level(clock, levels, highest.get(key, 0), business_time)
            while upcoming is not None and upcoming[1] < now:
                highest[key] = upcoming[0]
                recorded.append((upcoming[1], *key, upcoming[0]))
                upcoming = next_level(clock, levels, upcoming[0], business_time)

    moments = [(event.at, 1, event) for event in case.events]
    moments += [(case.at(minute), 0, None) for minute in [*wakes, NOW]]
    for at, _, event in sorted(moments, key=lambda moment: moment[:2]):
        sweep(at)
        if event is not None:
            so_far.append(event)
    expected = fold_levels(case.events, case.policies, case.calendars, case.at(NOW))
    assert sorted(recorded) == sorted((e.at, e.clock, e.ordinal, e.percent) for e in expected)


@given(cases())
def test_the_past_of_a_clock_does_not_change(case: Case) -> None:
    """Event by event: no clock disappears, starts anew or unmeets, but by reopening, or by a policy
    that promises again what another had dropped."""
    before: dict[tuple[str, int], Clock] = {}
    for length in range(1, len(case.events) + 1):
        folded = fold_clocks(case.events[:length], case.policies, case.calendars)
        after = {(clock.name, clock.ordinal): clock for clock in folded}
        assert len(after) == len(folded)
        last = case.events[length - 1].type
        for key, old in before.items():
            new = after[key]
            assert old.started_at == new.started_at
            brought_back = "ticket.reopened", *["sla.policy_applied"] * (old.phase == "cancelled")
            if old.phase in ("met", "cancelled") and last not in brought_back:
                assert new == old
            assert new.pauses[: len(old.pauses)] == old.pauses
        before = after


@given(cases())
def test_reopening_alone_never_breaches(case: Case) -> None:
    history = [event for event in case.events if event.type != "sla.policy_applied"]
    history.insert(1, case.events[1])
    for length in range(1, len(history) + 1):
        if history[length - 1].type == "ticket.reopened":
            at = history[length - 1].at
            before = fold_clocks(history[: length - 1], case.policies, case.calendars)
            after = fold_clocks(history[:length], case.policies, case.calendars)
            for old, new in zip(before, after, strict=False):
                assert (state(old, at) == "breached") == (state(new, at) == "breached")
