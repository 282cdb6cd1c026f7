"""Positions on the line of a clock."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from service_desk.rules.calendars.business_time import compile_calendar
from service_desk.rules.clocks.trail import clock_steps
from service_desk.ticket_views.drawing import LEFT, RIGHT, Drawing, draw
from tests.rules.clocks.test_fold import CALENDARS, POLICIES, apply, at, ticket
from tests.rules.clocks.test_ticket_clocks import NOW, Case, cases
from tests.rules.clocks.test_trail import WAITED

WIDTH = RIGHT - LEFT


def drawn(*later: Any, now: float, clock: str = "resolution", **versions: int) -> Drawing:
    steps = clock_steps(ticket(*later, **versions), POLICIES, CALENDARS)[clock, 1]
    calendar = steps[-1].clock.calendar_version
    business_time = compile_calendar(None if calendar is None else CALENDARS[calendar])
    return draw(steps, business_time, at(now))


def share(x: float) -> float:
    return round((x - LEFT) / WIDTH, 3)


def kinds(drawing: Drawing) -> list[tuple[str, datetime, datetime]]:
    return [(piece.kind, piece.start, piece.end) for piece in drawing.pieces]


def test_running_to_now_and_ahead_to_the_due_time() -> None:
    drawing = drawn(now=12)
    assert kinds(drawing) == [("running", at(0), at(12)), ("ahead", at(12), at(48))]
    assert (drawing.start_x, drawing.due_x, drawing.end_x) == (LEFT, RIGHT, None)
    assert drawing.now_x is not None
    assert share(drawing.now_x) == 0.25
    assert [(hours.x, hours.width) for hours in drawing.hours] == [(LEFT, WIDTH)]


def test_overdue_the_due_time_moves_left() -> None:
    drawing = drawn(now=96)
    assert kinds(drawing) == [("running", at(0), at(48)), ("late", at(48), at(96))]
    assert share(drawing.due_x) == 0.5
    assert drawing.now_x == RIGHT


def test_pauses_reopenings_and_their_triggers() -> None:
    drawing = drawn(*WAITED, now=10)
    assert kinds(drawing) == [
        ("running", at(0), at(1)),
        ("paused", at(1), at(5)),
        ("running", at(5), at(6)),
        ("ended", at(6), at(9)),
        ("running", at(9), at(10)),
        ("ahead", at(10), at(55)),
    ]
    assert [piece.trigger for piece in drawing.pieces] == [0, 2, 3, 4, 5, None]


def test_a_pause_that_lasts_moves_the_due_time() -> None:
    waits = (1, "ticket.waiting", {"for": "customer"})
    assert drawn(waits, now=1).due_at == at(48)
    assert drawn(waits, now=11).due_at == at(58)
    late = (50, "ticket.waiting", {"for": "customer"})
    assert drawn(late, now=60).due_at == at(48)  # already overdue
    assert kinds(drawn(late, now=60)) == [
        ("running", at(0), at(48)),
        ("late", at(48), at(50)),
        ("paused", at(50), at(60)),
    ]


@pytest.mark.parametrize(("hours", "end"), [(1, 0.5), (4, 1.0)])
def test_an_ended_clock_has_an_end(hours: float, end: float) -> None:
    drawing = drawn((hours, "message.sent"), now=99, clock="response")
    assert drawing.now_x is None
    assert drawing.end_x is not None
    assert share(drawing.end_x) == end
    assert drawing.pieces[-1].end == at(hours)


def test_working_hours_are_shaded() -> None:
    drawing = drawn(calendar=1, now=1)  # six days of two intervals, over a weekend
    assert len(drawing.hours) == 13  # and the last closes at the due time
    assert drawing.hours[0].x == LEFT
    assert share(drawing.hours[1].x) == round(3 / 192, 3)  # after lunch on Monday
    ends = [hours.x + hours.width for hours in drawing.hours]
    assert all(end < after.x for end, after in zip(ends, drawing.hours[1:], strict=False))


def test_hours_too_narrow_to_be_seen_are_left_out() -> None:
    assert drawn(calendar=1, now=24 * 200).hours == []
    assert len(drawn(calendar=1, now=24 * 80).hours) < 80  # the gap for lunch is too narrow


def test_a_clock_that_has_just_started() -> None:
    drawing = drawn((0, "promise.made", {"due_at": at(0)}), now=-1, clock="promise")
    assert drawing.pieces == []
    assert drawing.due_x == LEFT


def test_another_policy_moves_it() -> None:
    assert drawn((1, *apply(2)), now=2).due_at == at(24)


@given(cases())
def test_pieces_are_contiguous_on_any_line(case: Case) -> None:
    now = case.at(NOW)
    for steps in clock_steps(case.events, case.policies, case.calendars).values():
        clock = steps[-1].clock
        calendar = clock.calendar_version
        business_time = compile_calendar(None if calendar is None else case.calendars[calendar])
        drawing = draw(steps, business_time, now)
        for before, after in pairwise(drawing.pieces):
            assert before.end == after.start
        for piece in drawing.pieces:
            assert LEFT <= piece.x <= piece.x + piece.width <= RIGHT + 0.001
            assert piece.start < piece.end
        if drawing.pieces:
            assert drawing.pieces[0].start == clock.started_at
        assert LEFT <= drawing.due_x <= RIGHT
        for hours in drawing.hours:
            assert LEFT <= hours.x <= hours.x + hours.width <= RIGHT + 0.001
        assert (drawing.now_x is None) == (clock.phase in ("met", "cancelled"))
