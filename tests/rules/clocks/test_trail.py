"""The trail of a clock: each step with its trigger, ending with the folded clock."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given

from service_desk.rules.clocks.fold import fold_clocks
from service_desk.rules.clocks.trail import ClockStep, clock_steps, stretches
from service_desk.rules.tickets.event import Event
from tests.rules.by_hand import Later
from tests.rules.clocks.test_fold import CALENDARS, POLICIES, apply, at, ticket
from tests.rules.clocks.ticket_cases import Case, cases

APPLIED, REOPENED = "sla.policy_applied", "ticket.reopened"


def trail(name: str, *later: Later, **versions: int) -> list[tuple[str, float, str]]:
    """(step, hours after the opening, type of the triggering event)."""
    events = ticket(*later, **versions)
    steps = clock_steps(events, POLICIES, CALENDARS)[name, 1]
    return [
        (step.kind, (step.at - at(0)).total_seconds() / 3600, events[step.trigger].type)
        for step in steps
    ]


WAITED = (
    (1, "ticket.waiting", {"for": "customer"}),
    (5, "message.received"),
    (6, "ticket.resolved"),
    (9, "ticket.reopened"),
)


def test_each_step_has_its_trigger() -> None:
    assert trail("resolution", *WAITED) == [
        ("started", 0, "ticket.opened"),
        ("paused", 1, "ticket.waiting"),
        ("resumed", 5, "message.received"),
        ("met", 6, "ticket.resolved"),
        ("resumed", 9, "ticket.reopened"),
    ]


def test_a_due_time_moves_by_hand_and_by_other_terms() -> None:
    by_hand = {"clock": "resolution", "due_at": at(30)}
    assert trail("resolution", (1, *apply(2)), (2, "due.set", by_hand), (3, *apply(1, 1))) == [
        ("started", 0, "ticket.opened"),
        ("due_moved", 1, "sla.policy_applied"),
        ("due_moved", 2, "due.set"),
        ("terms_changed", 3, "sla.policy_applied"),
    ]
    steps = clock_steps(ticket((1, *apply(2))), POLICIES, CALENDARS)["resolution", 1]
    assert (steps[1].due_before, steps[1].clock.due_at) == (at(48), at(24))
    assert steps[1].clock.policy_version == 2


def test_set_by_hand_to_what_it_was_is_a_step_too() -> None:
    same = {"clock": "resolution", "due_at": at(48)}
    assert trail("resolution", (2, "due.set", same))[-1] == ("due_moved", 2, "due.set")


def test_a_policy_without_the_clock_ends_it() -> None:
    assert trail("response", (1, *apply(4)), (2, *apply(1))) == [
        ("started", 0, "ticket.opened"),
        ("cancelled", 1, "sla.policy_applied"),
        ("resumed", 2, "sla.policy_applied"),
    ]


def test_stretches_have_no_gaps() -> None:
    steps = clock_steps(ticket(*WAITED), POLICIES, CALENDARS)["resolution", 1]
    assert [(s.state, s.start, s.end) for s in stretches(steps)] == [
        ("running", at(0), at(1)),
        ("paused", at(1), at(5)),
        ("running", at(5), at(6)),
        ("ended", at(6), at(9)),
        ("running", at(9), None),
    ]
    assert stretches([]) == []


def test_imported_history_has_no_trail() -> None:
    assert clock_steps(ticket(*WAITED)[:1], POLICIES, CALENDARS) == {}


@given(cases())
def test_the_trail_ends_with_the_folded_clock(case: Case) -> None:
    steps = clock_steps(case.events, case.policies, case.calendars)
    folded = fold_clocks(case.events, case.policies, case.calendars)
    assert list(steps) == [(clock.name, clock.ordinal) for clock in folded]
    for clock, trail in zip(folded, steps.values(), strict=True):
        assert trail[-1].clock == clock
        _hangs_together(trail, case.events)


def _hangs_together(trail: list[ClockStep], events: Sequence[Event]) -> None:
    assert trail[0].kind == "started"
    causes = [step.trigger for step in trail]
    assert causes == sorted(causes)
    for before, after in pairwise(trail):
        assert (before.clock.due_at == after.clock.due_at) == (after.due_before is None)
    lived = stretches(trail)
    for before, after in pairwise(lived):
        assert before.end == after.start
    halted = [s for s in lived if s.state != "running" and s.end is not None]
    if trail[-1].clock.name == "promise":
        halted = []  # after a reopening at the same instant, the interval was no pause
    terms = [place for place, event in enumerate(events) if event.type in (APPLIED, REOPENED)]
    unseen = trail[0].trigger in terms or any(
        step.clock.phase == "cancelled" and step.trigger in terms for step in trail
    )
    if not unseen:  # the trail does not show pauses while the clock is not promised
        assert trail[-1].clock.pauses == tuple((s.start, s.end) for s in halted)
