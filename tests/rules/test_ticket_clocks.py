"""The clocks against living through every minute (tests/rules/slow_clocks.py)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.business_time import Calendar, compile_calendar
from service_desk.rules.sla_clocks import (
    Clock,
    Event,
    LevelReached,
    elapsed,
    fold_clocks,
    fold_levels,
    next_level,
    remaining_seconds,
    state,
)
from service_desk.rules.sla_policies import WITH_TARGET, Policy
from tests.rules.minutes import MinuteCalendar, calendars_and_starts
from tests.rules.slow_clocks import MINUTE, NEVER, SECOND, OpenTime, SlowClock, SlowTicket

HOUR = 60 * MINUTE
LAST_EVENT = 30 * HOUR
NOW = 33 * HOUR
WINDOW = 3 * 24 * HOUR

# Often everything happens on the hour or on every fourth, so that things meet on the same instant:
# what is done at the very moment at which something is due, or at which the office closes.
GRAINS = [SECOND, MINUTE, 30 * MINUTE, HOUR, HOUR, 4 * HOUR, 4 * HOUR]
SOME_TIME: Any = ...


def on_the(grain: int, last: int, first: int = 0) -> st.SearchStrategy[int]:
    return st.integers(first, last // grain).map(lambda n: n * grain)


KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "message.received": st.fixed_dictionaries({"message": st.integers(1, 3)}),
    "message.moved": st.fixed_dictionaries({"message": st.integers(1, 3)}),
    "ticket.absorbed": st.one_of(st.just({}), st.just({"owed": SOME_TIME})),
    "message.sent": st.sampled_from([{"automatic": False}] * 3 + [{"automatic": True}]),
    "call.logged": st.sampled_from([{"answered": True}, {"answered": False}]),
    "plan.recorded": st.just({}),
    "promise.made": st.just({"due": SOME_TIME}),
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
        {"clock": st.sampled_from([*WITH_TARGET, "promise"]), "due": st.just(SOME_TIME)}
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
def histories(draw: st.DrawFn, grain: int) -> list[tuple[int, tuple[str, dict[str, Any]]]]:
    instants = on_the(grain, LAST_EVENT)
    fragments = draw(st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=8))
    kinds = [kind for fragment in fragments for kind in fragment]
    at = sorted(draw(st.lists(instants, min_size=len(kinds), max_size=len(kinds))))
    return [
        (instant, (kind, {k: draw(instants) if v is SOME_TIME else v for k, v in data.items()}))
        for instant, kind in zip(at, kinds, strict=True)
        for data in [draw(KINDS[kind])]
    ]


class Case:
    """A ticket's history, in microseconds since a base for the slow way and as events for the fast
    one."""

    def __init__(
        self,
        base: datetime,
        calendar_version: int | None,
        calendars: list[Calendar],
        policies: list[Policy],
        history: list[tuple[int, tuple[str, dict[str, Any]]]],
    ) -> None:
        self.base = base
        self.now, self.last = NOW, WINDOW
        self.slack = 0  # microseconds by which a reading may differ
        self.calendars = dict(enumerate(calendars, 1))
        self.policies = dict(enumerate(policies, 1))
        first = {"policy_version": 1, "calendar_version": calendar_version}
        begun = [(0, ("ticket.opened", {})), (0, ("sla.policy_applied", first))]
        self.instants = [
            (instant, Event(kind, self.at(instant), self.dated(data)))
            for instant, (kind, data) in [*begun, *history]
        ]
        self.events = [event for _, event in self.instants]

    def at(self, instant: int) -> datetime:
        return self.base + timedelta(microseconds=instant)

    def since(self, at: datetime) -> int:
        return (at - self.base) // timedelta(microseconds=1)

    def dated(self, data: dict[str, Any]) -> dict[str, Any]:
        if "owed" in data:
            return data | {"owed_since": self.at(data["owed"]).isoformat()}
        if "due" not in data:
            return data
        return data | {"due_at": self.at(data["due"]).isoformat()}

    def live(self) -> SlowTicket:
        versions = {event.data.get("calendar_version") for event in self.events} | {None}
        open_time = {version: self.openness(version) for version in versions}
        ticket = SlowTicket(self.instants, self.policies, open_time)
        ticket.live(self.now)
        return ticket

    def openness(self, version: int | None) -> OpenTime:
        if version is None:
            return OpenTime(lambda instant: True, self.last)
        oracle = MinuteCalendar(self.calendars[version])
        return OpenTime(lambda instant: oracle.is_open(self.at(instant)), self.last)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    calendar, base = draw(calendars_and_starts())
    other, _ = draw(calendars_and_starts())
    grain = draw(st.sampled_from(GRAINS))
    if grain >= HOUR:
        base = base.replace(minute=0)
    target = on_the(grain, 12 * HOUR, 1).map(lambda n: n // SECOND)
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
    history = draw(histories(grain))
    return Case(base, draw(st.sampled_from([None, 1])), [calendar, other], policies, history)


@given(cases())
def test_clocks_and_levels_as_minute_by_minute(case: Case) -> None:
    slow = case.live()
    fast = fold_clocks(case.events, case.policies, case.calendars)
    assert [(c.name, c.ordinal) for c in fast] == [(c.name, c.ordinal) for c in slow.clocks]
    for clock, expected in zip(fast, slow.clocks, strict=True):
        note(f"{clock.name} {state(clock, case.at(case.now))}")
        same(case, slow, clock, expected)
    same_levels(case, slow, fold_levels(case.events, case.policies, case.calendars, case.at(NOW)))


def same(case: Case, slow: SlowTicket, clock: Clock, expected: SlowClock) -> None:
    now = case.at(case.now)
    business_time = compile_calendar(case.calendars.get(clock.calendar_version or 0))
    due = expected.due_when_paused if expected.phase == "paused" else expected.due
    assert clock.phase == expected.phase
    assert clock.started_at == case.at(expected.start)
    assert clock.target_seconds == expected.target // SECOND or due == NEVER
    assert clock.due_at == case.at(due) if due != NEVER else clock.due_at > case.at(case.last)
    assert clock.met_at == (case.at(expected.ended) if expected.phase == "met" else None)
    cancelled = expected.phase == "cancelled"
    assert clock.cancelled_at == (case.at(expected.ended) if cancelled else None)
    assert clock.due_by_hand == expected.by_hand
    used = elapsed(clock, now, business_time)
    assert 0 <= expected.used - used * SECOND < max(case.slack, SECOND)
    assert remaining_seconds(clock, now, business_time) == clock.target_seconds - used
    assert clock.pauses == tuple((case.at(a), case.at(b)) for a, b in expected.pauses)
    paused = sum(slow.count(expected, start, stop) for start, stop in expected.pauses)
    assert clock.paused_seconds == paused // SECOND
    assert (state(clock, now) == "breached") == _is_late(case, expected, due)


def _is_late(case: Case, clock: SlowClock, due: int) -> bool:
    if clock.ended is not None:
        return clock.ended > due
    return (case.now if clock.paused_from is None else clock.moved_from) > due


def same_levels(case: Case, slow: SlowTicket, levels: Iterable[LevelReached]) -> None:
    fast = {(level.clock, level.ordinal, level.percent): case.since(level.at) for level in levels}
    expected = {about: at for at, *key in slow.levels for about in [tuple(key)]}
    assert len(expected) == len(slow.levels)
    if case.slack:  # what was reached just before something happened may be on record after it
        ends = [instant for instant, _ in case.instants] + [case.now]
        close = {
            about
            for about, at in expected.items()
            if any(0 <= end - at < case.slack for end in ends)
        }
        for about in close:
            fast.pop(about, None), expected.pop(about)
    assert fast.keys() == expected.keys()
    for about, at in expected.items():
        assert 0 <= fast[about] - at <= case.slack


@given(cases(), st.lists(on_the(SECOND, NOW), max_size=20))
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
    moments += [(case.at(instant), 0, None) for instant in [*wakes, NOW]]
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
