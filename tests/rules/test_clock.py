from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from service_desk.rules.business_time import compile_calendar
from service_desk.rules.clock import (
    Clock,
    elapsed,
    level_at,
    next_level,
    remaining_seconds,
    state,
)

ALWAYS = compile_calendar(None)
HOUR = timedelta(hours=1)
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


def test_an_ended_clock_still_knows_the_levels_it_passed() -> None:
    assert [next_level(MET, LEVELS, percent, ALWAYS) for percent in (0, 50)] == [
        (50, START + HOUR),
        None,
    ]
    assert next_level(LATE, LEVELS, 80, ALWAYS) == (100, START + 2 * HOUR)
    assert next_level(LATE, LEVELS, 100, ALWAYS) is None
    assert next_level(RUNNING, LEVELS, 150, ALWAYS) is None
    on_the_instant = replace(MET, met_at=START + HOUR)
    assert next_level(on_the_instant, LEVELS, 0, ALWAYS) is None


def test_a_due_time_outside_opening_hours_is_the_hundredth_percent() -> None:
    by_hand = replace(RUNNING, target_seconds=3600, due_at=START + 5 * HOUR, due_by_hand=True)
    at = [level_at(by_hand, percent, ALWAYS) for percent in LEVELS]
    assert at == [START + hours * HOUR for hours in (0.5, 0.8, 5, 5)]
