from datetime import UTC, datetime, timedelta

from hypothesis import given
from msgspec.structs import replace

from service_desk.rules.calendars.business_time import BusinessTime, Calendar, compile_calendar
from service_desk.rules.clocks.clock import (
    Clock,
    elapsed,
    next_level,
    remaining_seconds,
    state,
)
from service_desk.rules.clocks.fold import fold_clocks
from tests.rules.clocks.slow_clock import SECOND
from tests.rules.clocks.ticket_cases import NOW, Case, cases, on_the

ALWAYS = compile_calendar(None)
HOUR = timedelta(hours=1)
SHORT = timedelta(milliseconds=1)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
START = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)
LEVELS = (50, 80, 100, 150)
RUNNING = Clock(
    name="response", ordinal=1, started_at=START, target_seconds=7200, due_at=START + 2 * HOUR,
    phase="running", anchor_at=START, anchor_elapsed=0, policy_version=1, calendar_version=None,
)  # fmt: skip
PAUSED = replace(RUNNING, phase="paused", paused_at=START + HOUR, anchor_at=START + HOUR,
                 anchor_elapsed=3600)  # fmt: skip
MET = replace(RUNNING, phase="met", met_at=START + 1.5 * HOUR)
LATE = replace(RUNNING, phase="met", met_at=START + 2.5 * HOUR)


def level_at(clock: Clock, percent: int, business_time: BusinessTime) -> datetime | None:
    level = next_level(clock, (percent,), 0, business_time)
    return None if level is None else level[1]


def test_elapsed_stands_still_while_paused_and_after_the_end() -> None:
    now = START + 10 * HOUR
    used = [elapsed(clock, now, ALWAYS) / 3600 for clock in (RUNNING, PAUSED, MET, LATE)]
    assert used == [10, 1, 1.5, 2.5]
    assert elapsed(MET, START + HOUR, ALWAYS) == 3600
    assert remaining_seconds(RUNNING, now, ALWAYS) == -8 * 3600


def test_states() -> None:
    now = START + 10 * HOUR
    states = [state(clock, now) for clock in (RUNNING, PAUSED, MET, LATE)]
    assert states == ["breached", "paused", "met", "breached"]
    assert state(RUNNING, START + HOUR) == "running"
    cancelled = replace(RUNNING, phase="cancelled", cancelled_at=START + HOUR)
    assert state(cancelled, now) == "cancelled"
    assert state(replace(cancelled, cancelled_at=START + 3 * HOUR), now) == "breached"
    overdue = replace(PAUSED, anchor_at=START + 3 * HOUR, paused_at=START + 3 * HOUR)
    assert state(overdue, now) == "breached"


def test_levels_are_shares_of_the_target() -> None:
    at = [level_at(RUNNING, percent, ALWAYS) for percent in LEVELS]
    assert at == [START + hours * HOUR for hours in (1, 1.6, 2, 3)]
    assert [level_at(PAUSED, percent, ALWAYS) for percent in LEVELS] == [None] * 4


def test_a_level_at_closing_time_does_not_slip_by_rounding() -> None:
    calendar = Calendar(tz="UTC", week={day: [("09:00", "18:00")] for day in WEEK})
    bt = compile_calendar(calendar)
    opening, closing = START.replace(hour=9), START.replace(hour=18)
    for since in (timedelta(microseconds=1), HOUR + timedelta(seconds=0.5), 6 * HOUR - SHORT):
        clock = replace(
            RUNNING, started_at=opening, target_seconds=6 * 3600, due_at=opening + 6 * HOUR,
            anchor_at=opening + since, anchor_elapsed=since // timedelta(seconds=1),
        )  # fmt: skip
        assert level_at(clock, 150, bt) == closing
        assert elapsed(clock, closing, bt) == 9 * 3600


def test_an_ended_clock_still_has_the_levels_it_reached() -> None:
    assert [next_level(MET, LEVELS, percent, ALWAYS) for percent in (0, 50)] == [
        (50, START + HOUR),
        None,
    ]
    assert next_level(LATE, LEVELS, 80, ALWAYS) == (100, START + 2 * HOUR)
    assert next_level(LATE, LEVELS, 100, ALWAYS) is None
    assert next_level(RUNNING, LEVELS, 150, ALWAYS) is None
    on_the_instant = replace(MET, met_at=START + HOUR)
    assert next_level(on_the_instant, LEVELS, 0, ALWAYS) is None


def test_a_due_time_outside_opening_hours_is_at_100_percent() -> None:
    by_hand = replace(RUNNING, target_seconds=3600, due_at=START + 5 * HOUR, due_set_manually=True)
    at = [level_at(by_hand, percent, ALWAYS) for percent in LEVELS]
    assert at == [START + hours * HOUR for hours in (0.5, 0.8, 5, 5)]


@given(cases(), on_the(SECOND, NOW), on_the(SECOND, NOW))
def test_reading_a_clock_is_monotonic(case: Case, one: int, two: int) -> None:
    """After the last event: elapsed grows, remaining shrinks, breached stays, levels in order."""
    last = case.events[-1].at
    first, then = (last + timedelta(microseconds=after) for after in sorted((one, two)))
    for clock in fold_clocks(case.events, case.policies, case.calendars):
        bt = compile_calendar(case.calendars.get(clock.calendar_version or 0))
        assert elapsed(clock, last, bt) <= elapsed(clock, first, bt) <= elapsed(clock, then, bt)
        assert remaining_seconds(clock, first, bt) >= remaining_seconds(clock, then, bt)
        states = state(clock, first), state(clock, then)
        assert states[0] == states[1] or states == ("running", "breached")
        levels = [level_at(clock, percent, bt) for percent in (1, *LEVELS, 1000)]
        reached = [at for at in levels if at is not None]
        assert reached == sorted(reached)
        assert levels[: len(reached)] == reached
