"""The clocks against living through every minute (tests/rules/clocks/slow_clocks.py)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.calendars.business_time import compile_calendar
from service_desk.rules.clocks.fold import (
    Clock,
    LevelReached,
    elapsed,
    fold_clocks,
    fold_levels,
    level_kept,
    next_level,
    remaining_seconds,
    state,
)
from service_desk.rules.tickets.event import Event
from tests.rules.clocks.slow_clocks import NEVER, SECOND, SlowClock, SlowTicket
from tests.rules.clocks.ticket_cases import NOW, Case, cases, on_the


@given(cases())
def test_clocks_and_levels_match_the_minute_by_minute_oracle(case: Case) -> None:
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
    ended = None if expected.ended is None else case.at(expected.ended)
    assert clock.met_at == (ended if expected.phase == "met" else None)
    assert clock.cancelled_at == (ended if expected.phase == "cancelled" else None)
    assert clock.due_set_manually == expected.set_manually
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
    fast = _by_level(
        (level.clock, level.ordinal, level.percent, case.since(level.at)) for level in levels
    )
    expected = _by_level((clock, nth, percent, at) for at, clock, nth, percent in slow.levels)
    if case.slack:  # a level just before an event may be recorded after it
        ends = [instant for instant, _, _ in case.happened] + [case.now]
        close = {
            about
            for about, at in expected.items()
            if any(0 <= end - at < case.slack for end in ends)
        }
        for about in {*fast, *expected}:
            if any(about[:3] == one[:3] for one in close):
                fast.pop(about, None)
                expected.pop(about, None)
    for clock in slow.clocks:  # levels beyond the oracle's window
        if clock.set_manually and clock.due == NEVER:
            for about in {*fast, *expected}:
                if about[:2] == (clock.name, clock.ordinal):
                    fast.pop(about, None)
                    expected.pop(about, None)
    assert fast.keys() == expected.keys()
    for about, at in expected.items():
        assert 0 <= fast[about] - at <= case.slack


Level = tuple[str, int, int, int]


def _by_level(levels: Iterable[Level]) -> dict[Level, int]:
    """When each was reached: by clock, its ordinal, percent, and the how manieth time it was, as a
    level may be reached again under other terms."""
    times: Counter[tuple[str, int, int]] = Counter()
    found: dict[Level, int] = {}
    for clock, nth, percent, at in sorted(levels, key=lambda level: level[3]):
        key = clock, nth, percent
        found[*key, times[key]] = at
        times[key] += 1
    return found


@given(cases(), st.lists(on_the(SECOND, NOW), max_size=20))
def test_late_sweeps_record_the_same_levels(case: Case, wakes: list[int]) -> None:
    """Sweeps at any times, and one before each event, record the same levels."""
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

    def follow(event: Event) -> None:
        """As clocks/rows.py does: what was reached under other terms counts as far as kept."""
        before = {
            (c.name, c.ordinal): c for c in fold_clocks(so_far, case.policies, case.calendars)
        }
        so_far.append(event)
        for clock in fold_clocks(so_far, case.policies, case.calendars):
            key = clock.name, clock.ordinal
            if key in before:
                levels = case.policies[clock.policy_version].levels
                business_time = compile_calendar(case.calendars.get(clock.calendar_version or 0))
                reached = highest.get(key, 0)
                highest[key] = level_kept(before[key], clock, reached, levels, business_time)

    moments = [(event.at, 1, event) for event in case.events]
    moments += [(case.at(instant), 0, None) for instant in [*wakes, NOW]]
    for at, _, event in sorted(moments, key=lambda moment: moment[:2]):
        sweep(at)
        if event is not None:
            follow(event)
    expected = fold_levels(case.events, case.policies, case.calendars, case.at(NOW))
    assert sorted(recorded) == sorted((e.at, e.clock, e.ordinal, e.percent) for e in expected)


@given(cases())
def test_later_events_do_not_change_a_clocks_past(case: Case) -> None:
    """No clock disappears, restarts or is no longer met, except by reopening, by a message that
    failed, or by a policy that promises it again."""
    before: dict[tuple[str, int], Clock] = {}
    for length in range(1, len(case.events) + 1):
        folded = fold_clocks(case.events[:length], case.policies, case.calendars)
        after = {(clock.name, clock.ordinal): clock for clock in folded}
        assert len(after) == len(folded)
        last = case.events[length - 1].type
        for key, old in before.items():
            new = after[key]
            assert old.started_at == new.started_at
            back = "ticket.reopened", "message.failed"
            brought_back = *back, *["sla.policy_applied"] * (old.phase == "cancelled")
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
