"""What each event does to the clocks (DESIGN §2.3, docs/decisions/0010)."""

from datetime import timedelta
from typing import Any

import pytest

from service_desk.rules.calendars.business_time import compile_calendar
from service_desk.rules.clocks.fold import (
    LevelReached,
    elapsed,
    fold_clocks,
    fold_levels,
    state,
)
from tests.events import event
from tests.rules.by_hand import ANSWER, CALENDARS, MONDAY, POLICIES, apply, at, clocks, ticket


def test_the_standard_targets() -> None:
    due = {name: clock.due_at for name, clock in clocks().items()}
    assert due == {"response": at(2), "handling": at(4), "resolution": at(48)}


def test_business_hours_move_the_due_times() -> None:
    due = {name: clock.due_at for name, clock in clocks(calendar=1).items()}
    assert due["response"] == at(2)  # 12:00, the closing instant
    assert due["handling"] == at(5)  # 15:00, after the lunch break
    assert due["resolution"] == at(8 * 24)  # six days of eight hours, over a weekend


@pytest.mark.parametrize(
    ("answer", "phase"),
    [
        (("message.sent", {"automatic": False}), "met"),
        (("message.sent", {"automatic": True}), "running"),
        (("call.logged", {"answered": True}), "met"),
        (("call.logged", {"answered": False}), "running"),
        (("plan.recorded", dict[str, Any]()), "running"),
    ],
)
def test_what_meets_the_response_clock(answer: tuple[str, dict[str, Any]], phase: str) -> None:
    assert clocks((1, *answer))["response"].phase == phase


def test_met_at_the_due_instant_is_in_time_and_later_is_a_breach() -> None:
    in_time, late = clocks((2, *ANSWER))["response"], clocks((2.001, *ANSWER))["response"]
    assert (state(in_time, at(9)), state(late, at(9))) == ("met", "breached")
    running = clocks()["response"]
    assert state(running, at(2)) == "running"
    assert state(running, at(2) + timedelta(microseconds=1)) == "breached"


def test_the_handling_plan_meets_only_handling() -> None:
    found = clocks((1, "plan.recorded"))
    assert {name: clock.phase for name, clock in found.items()} == {
        "response": "running", "handling": "met", "resolution": "running"}  # fmt: skip


def test_waiting_for_the_customer_pauses_only_resolution() -> None:
    found = clocks((1, "ticket.waiting", {"for": "customer"}))
    assert (found["resolution"].phase, found["handling"].phase) == ("paused", "running")
    assert found["resolution"].due_at == at(48)
    resumed = clocks((1, "ticket.waiting", {"for": "customer"}), (11, "ticket.resumed"))
    assert resumed["resolution"].due_at == at(58)
    assert resumed["resolution"].paused_seconds == 10 * 3600
    assert resumed["resolution"].pauses == ((at(1), at(11)),)


def test_a_customer_message_ends_only_the_wait_for_the_customer() -> None:
    waits = {"for": "customer"}
    assert clocks((1, "ticket.waiting", waits), (3, "message.received"))["resolution"].due_at == at(
        50
    )
    found = clocks((1, "ticket.waiting", {"for": "supplier"}), (3, "message.received"), policy=3)
    assert found["resolution"].phase == "paused"


def test_waiting_for_the_supplier_pauses_if_the_policy_says_so() -> None:
    wait = (1, "ticket.waiting", {"for": "supplier"})
    assert clocks(wait)["resolution"].phase == "running"
    assert clocks(wait, policy=3)["resolution"].phase == "paused"
    switched_on = clocks(wait, (5, *apply(3)))["resolution"]
    assert (switched_on.phase, switched_on.paused_at) == ("paused", at(5))
    switched_off = clocks(wait, (5, *apply(1)), policy=3)["resolution"]
    assert (switched_off.phase, switched_off.due_at) == ("running", at(52))


def test_consecutive_waits_are_one_pause() -> None:
    found = clocks(
        (1, "ticket.waiting", {"for": "customer"}),
        (2, "ticket.waiting", {"for": "supplier"}),
        (3, "ticket.resumed"),
        policy=3,
    )
    assert found["resolution"].pauses == ((at(1), at(3)),)


def test_a_policy_applied_late_holds_from_the_opening() -> None:
    late = [
        event("ticket.opened", MONDAY),
        event("message.sent", at(1), {"automatic": False}),
        event("sla.policy_applied", at(30), {"policy_version": 1, "calendar_version": None}),
    ]
    found = fold_clocks(late, POLICIES, CALENDARS)
    assert [(clock.name, clock.phase, clock.due_at) for clock in found] == [
        ("response", "met", at(2)),
        ("handling", "running", at(4)),
        ("resolution", "running", at(48)),
    ]
    assert fold_clocks(late[:2], POLICIES, CALENDARS) == ()


def test_resolving_meets_resolution_and_handling_and_cancels_the_rest() -> None:
    found = clocks((1, "ticket.referred"), (3, "ticket.resolved"))
    assert {name: clock.phase for name, clock in found.items()} == {
        "response": "cancelled", "handling": "met", "resolution": "met", "referral": "cancelled",
    }  # fmt: skip
    assert state(found["response"], at(9)) == "breached"  # due after 2 h: it stays breached


TOLD = ("ticket.resolved", {"told": True, "message": 9})
UNTOLD = ("ticket.resolved", {"told": False})
FAILED = ("message.failed", {"message": 1})


@pytest.mark.parametrize(
    ("history", "phases"),
    [
        ([(3, *TOLD)], ("met", "running", "met", "cancelled")),
        ([(3, *UNTOLD)], ("running", "running", "met", "cancelled")),
        ([(1.5, "plan.recorded"), (3, *TOLD)], ("met", "met", "met", "cancelled")),
        ([(3, *UNTOLD), (3.5, "plan.recorded"), (4, *ANSWER)], ("met", "met", "met", "cancelled")),
        ([(3, *UNTOLD), (9, "ticket.closed")], ("cancelled", "cancelled", "met", "cancelled")),
        (
            [(3, *TOLD), (4, "message.failed", {"message": 9})],
            ("running", "running", "met", "cancelled"),
        ),
    ],
)
def test_resolving_meets_what_was_done(history: Any, phases: tuple[str, ...]) -> None:
    """Handling is met by the plan alone, response by the customer having been told."""
    found = clocks((1, "ticket.referred"), *history)
    names = ("response", "handling", "resolution", "referral")
    assert tuple(found[name].phase for name in names) == phases


def test_a_message_that_failed_never_counted() -> None:
    """The clock runs on from where it was; what it missed meanwhile is reached then."""
    failed = [(1, *ANSWER), (3, *FAILED)]
    response = clocks(*failed)["response"]
    assert (response.phase, response.due_at, state(response, at(3.1))) == (
        "running", at(2), "breached",
    )  # fmt: skip
    levels = fold_levels(ticket(*failed), POLICIES, CALENDARS, at(3.5))
    reached = [(level.percent, level.at) for level in levels if level.clock == "response"]
    assert reached == [(percent, at(3)) for percent in (50, 80, 100, 150)]


def test_the_next_answer_met_what_a_failed_one_did_not() -> None:
    late = clocks((1, *ANSWER), (2.5, "call.logged", {"answered": True}), (3, *FAILED))["response"]
    assert (late.phase, late.met_at, state(late, at(3))) == ("met", at(2.5), "breached")


def test_a_failed_message_counts_again_from_when_it_was_sent_again() -> None:
    again = [(1, *ANSWER), (1.2, *FAILED), (1.5, "message.resent")]
    assert clocks(*again)["response"].met_at == at(1.5)
    assert clocks(*again, (1.7, *FAILED))["response"].phase == "running"


def test_an_answer_that_waited_for_a_gateway_counts_from_when_it_was_sent() -> None:
    waiting = ("message.sent", {"automatic": False, "counts": False, "waits": True})
    sent = (1.5, "message.sent_later", {"message": 1})
    assert clocks((1, *waiting))["response"].phase == "running"
    assert clocks((1, *waiting), sent)["response"].met_at == at(1.5)
    assert clocks((1, *waiting), sent, (1.7, *FAILED))["response"].phase == "running"
    resent = (1.3, "message.resent", {"message": 1, "counts": False})
    again = [(1, *ANSWER), (1.2, *FAILED), resent]
    assert clocks(*again)["response"].phase == "running"
    assert clocks(*again, sent)["response"].met_at == at(1.5)


def test_a_message_that_had_no_way_to_the_customer_meets_nothing() -> None:
    suppressed = ("message.sent", {"automatic": False, "counts": False})
    assert clocks((1, *suppressed))["response"].phase == "running"


@pytest.mark.parametrize("how", ["ticket.closed", "ticket.merged"])
def test_closing_and_merging_cancel_running_clocks(how: str) -> None:
    found = clocks((1, *ANSWER), (1.5, how))
    assert {name: state(clock, at(99)) for name, clock in found.items()} == {
        "response": "met", "handling": "cancelled", "resolution": "cancelled"}  # fmt: skip


def test_next_response_runs_from_the_first_unanswered_message() -> None:
    assert "next_response" not in clocks((1, "message.received"), (1.5, *ANSWER))
    found = clocks((1, *ANSWER), (3, "message.received"), (4, "message.received"))
    assert found["next_response"].due_at == at(5)
    assert "next_response 2" not in found
    again = clocks((1, *ANSWER), (3, "message.received"), (4, *ANSWER), (6, "message.received"))
    assert again["next_response"].phase == "met"
    assert again["next_response 2"].due_at == at(8)


def test_a_message_that_reopens_starts_next_response() -> None:
    resolved = [(1, *ANSWER), (3, "ticket.resolved")]
    for order in (["message.received", "ticket.reopened"], ["ticket.reopened", "message.received"]):
        found = clocks(*resolved, *((9, kind) for kind in order))
        assert found["next_response"].due_at == at(11)
    assert "next_response" not in clocks(*resolved, (9, "message.received"))
    assert "next_response" not in clocks(*resolved, (9, "ticket.reopened"))
    answered = [(9, "message.received"), (10, *ANSWER), (11, "ticket.reopened")]
    assert "next_response" not in clocks(*resolved, *answered)


def test_a_message_answered_while_resolved_starts_no_clock_on_reopening() -> None:
    found = clocks((1, "ticket.resolved"), (2, *ANSWER), (3, "ticket.reopened"))
    assert found["response"].phase == "cancelled"


@pytest.mark.parametrize("ended", ["ticket.resolved", "ticket.closed"])
def test_a_promised_time_does_not_move(ended: str) -> None:
    promised = [(1, "promise.made", {"due_at": at(6).isoformat()}), (2, ended)]
    ahead = clocks(*promised, (5, "ticket.reopened"))["promise"]
    assert (ahead.phase, ahead.due_at, ahead.paused_seconds) == ("running", at(6), 0)
    assert elapsed(ahead, at(5.5), compile_calendar(None)) == 4.5 * 3600
    passed = clocks(*promised, (7, "ticket.reopened"))["promise"]
    assert (passed.phase, passed.due_at, state(passed, at(9))) == ("cancelled", at(6), "cancelled")
    again = clocks(*promised, (3, "ticket.reopened"), (4, ended), (5, "ticket.reopened"))
    assert again["promise"] == ahead


def test_a_promise_is_met_by_the_next_answer() -> None:
    promised = [(1, "promise.made", {"due_at": at(6).isoformat()}),
                (2, "promise.made", {"due_at": "2026-10-19T18:00:00+08:00"})]  # fmt: skip
    found = clocks(*promised, (3, *apply(2, 1)), (7, *ANSWER), calendar=1)
    first, second = found["promise"], found["promise 2"]
    assert (first.due_at, second.due_at) == (at(6), at(8))
    assert (first.target_seconds, first.calendar_version) == (5 * 3600, None)
    assert (state(first, at(9)), state(second, at(9))) == ("breached", "met")


def test_a_referral_runs_until_its_answer() -> None:
    found = clocks((1, "ticket.referred"), (1.2, "ticket.referred"), (1.4, "referral.answered"))
    assert (found["referral"].due_at, found["referral"].phase) == (at(1.5), "met")
    assert "referral 2" not in found
    assert "referral 2" in clocks(
        (1, "ticket.referred"), (2, "referral.answered"), (3, "ticket.referred")
    )


def test_levels_are_reached_in_order_each_once() -> None:
    levels = fold_levels(ticket((1.7, *ANSWER)), POLICIES, CALENDARS, at(6.001))
    assert levels == (
        LevelReached("response", 1, 50, at(1)),
        LevelReached("response", 1, 80, at(1.6)),
        LevelReached("handling", 1, 50, at(2)),
        LevelReached("handling", 1, 80, at(3.2)),
        LevelReached("handling", 1, 100, at(4)),
        LevelReached("handling", 1, 150, at(6)),
    )


def reached(*later: Any, until: float) -> list[tuple[int, Any]]:
    levels = fold_levels(ticket(*later), POLICIES, CALENDARS, at(until))
    return [(level.percent, level.at) for level in levels if level.clock == "response"]


STRICTER = [(50, at(0.3)), (80, at(0.3)), (100, at(0.3)), (150, at(0.375))]


def test_levels_passed_by_a_stricter_policy_are_reached_at_the_change() -> None:
    assert reached((0.3, *apply(2)), until=1.9) == STRICTER


def test_a_severity_that_was_a_mistake_leaves_the_real_breach_to_be_told() -> None:
    """What is no longer used up under the present terms was not reached yet."""
    taken_back = (0.3, *apply(2)), (0.5, *apply(1))
    real = [(50, at(1)), (80, at(1.6)), (100, at(2)), (150, at(3))]
    assert reached(*taken_back, until=3.1) == [*STRICTER, *real]


def test_a_level_that_is_still_used_up_is_not_told_again() -> None:
    late = [(50, at(1)), (80, at(1.6)), (100, at(2)), (150, at(3))]
    assert reached((3.1, *apply(2)), (3.2, *apply(1)), until=9) == late
    moved = (2.5, "due.set", {"clock": "response", "due_at": at(4).isoformat()})
    assert reached(moved, until=9) == [*late[:3], (80, at(3.2)), (100, at(4)), (150, at(6))]


def test_events_that_concern_no_clock_are_ignored() -> None:
    odd = [
        (1, "note.added"),
        (1, "ticket.reopened"),
        (2, "ticket.resumed"),
        (2, "ticket.opened"),
        (2, "referral.answered"),
        (3, *apply(1)),
    ]
    assert clocks(*odd) == clocks()
    assert fold_clocks([event("message.sent", MONDAY, {})], POLICIES, CALENDARS) == ()


def test_a_merged_ticket_passes_on_the_answer_it_owed() -> None:
    absorbed = ("ticket.absorbed", {"unanswered_since": at(1).isoformat()})
    owed = clocks((0.5, *ANSWER), (3, *absorbed))["next_response"]
    assert (owed.started_at, owed.due_at, owed.anchor_elapsed) == (at(1), at(3), 2 * 3600)
    assert "next_response" not in clocks((3, *absorbed))  # the running response is older
    both = [(0.5, *ANSWER), (0.8, "message.received"), (3, *absorbed)]
    assert "next_response 2" not in clocks(*both)
    assert "next_response" not in clocks((0.5, *ANSWER), (3, "ticket.absorbed"))


def test_clocks_not_promised_yet_keep_their_ordinals() -> None:
    """Two unanswered messages under a policy without next_response, then one with it."""
    silent = [(1, *ANSWER), (3, "message.received")]
    found = clocks(
        *silent, (4, "ticket.absorbed", {"unanswered_since": at(2)}), (5, *apply(1)), policy=4
    )
    assert found["next_response"].started_at == at(3)
    assert found["next_response 2"].started_at == at(2)
