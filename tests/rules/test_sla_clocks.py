"""What each event does to the clocks, by hand (DESIGN §2.3, docs/decisions/0010)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service_desk.rules.business_time import Calendar, compile_calendar
from service_desk.rules.sla_clocks import (
    Clock,
    Event,
    LevelReached,
    elapsed,
    fold_clocks,
    fold_levels,
    remaining_seconds,
    state,
)
from service_desk.rules.sla_policies import SHIPPED_POLICIES, Policy

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
OFFICE = [("09:00", "12:00"), ("13:00", "18:00")]
CALENDARS = {1: Calendar(week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE))}
SAFETY, COUNTER, STANDARD = SHIPPED_POLICIES
PATIENT = Policy(name="patient", targets=STANDARD.targets, pause_on_supplier=True)
BARE = Policy(name="bare", targets={"resolution": 48 * 3600})
POLICIES = {1: STANDARD, 2: SAFETY, 3: PATIENT, 4: BARE}

ANSWER = ("message.sent", {"automatic": False})


def ticket(*later: tuple[float, str] | tuple[float, str, dict[str, Any]], policy: int = 1,
           calendar: int | None = None) -> list[Event]:  # fmt: skip
    """Opened on Monday at 10:00; what comes later is given in hours since."""
    applied = {"policy_version": policy, "calendar_version": calendar}
    events = [(0, "ticket.opened", {}), (0, "sla.policy_applied", applied), *later]
    return [
        Event(kind, MONDAY + hours * HOUR, *data)
        for hours, kind, *data in events
    ]  # fmt: skip


def clocks(*later: Any, **versions: Any) -> dict[str, Clock]:
    """By name, "promise 2" for the second of a name."""
    folded = fold_clocks(ticket(*later, **versions), POLICIES, CALENDARS)
    return {
        clock.name if clock.ordinal == 1 else f"{clock.name} {clock.ordinal}": clock
        for clock in folded
    }


def at(hours: float) -> datetime:
    return MONDAY + hours * HOUR


def apply(policy: int, calendar: int | None = None) -> tuple[str, dict[str, Any]]:
    return "sla.policy_applied", {"policy_version": policy, "calendar_version": calendar}


def test_the_standard_promise() -> None:
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
        (("plan.recorded", {}), "running"),
    ],
)
def test_what_meets_the_response_clock(answer: tuple[str, dict[str, Any]], phase: str) -> None:
    assert clocks((1, *answer))["response"].phase == phase


def test_met_on_the_very_instant_is_in_time_and_later_is_a_breach() -> None:
    in_time, late = clocks((2, *ANSWER))["response"], clocks((2.001, *ANSWER))["response"]
    assert (state(in_time, at(9)), state(late, at(9))) == ("met", "breached")
    running = clocks()["response"]
    assert state(running, at(2)) == "running"
    assert state(running, at(2) + timedelta(microseconds=1)) == "breached"


def test_the_handling_plan_meets_handling_alone() -> None:
    found = clocks((1, "plan.recorded"))
    assert {name: clock.phase for name, clock in found.items()} == {
        "response": "running", "handling": "met", "resolution": "running"}  # fmt: skip


def test_waiting_for_the_customer_pauses_resolution_alone() -> None:
    found = clocks((1, "ticket.waiting", {"for": "customer"}))
    assert (found["resolution"].phase, found["handling"].phase) == ("paused", "running")
    assert found["resolution"].due_at == at(48)
    resumed = clocks((1, "ticket.waiting", {"for": "customer"}), (11, "ticket.resumed"))
    assert resumed["resolution"].due_at == at(58)
    assert resumed["resolution"].paused_seconds == 10 * 3600
    assert resumed["resolution"].pauses == ((at(1), at(11)),)


def test_a_customer_message_ends_the_wait_for_the_customer_only() -> None:
    waits = {"for": "customer"}
    assert clocks((1, "ticket.waiting", waits), (3, "message.received"))["resolution"].due_at == at(
        50
    )
    found = clocks((1, "ticket.waiting", {"for": "supplier"}), (3, "message.received"), policy=3)
    assert found["resolution"].phase == "paused"


def test_waiting_for_the_supplier_is_a_switch_of_the_policy() -> None:
    wait = (1, "ticket.waiting", {"for": "supplier"})
    assert clocks(wait)["resolution"].phase == "running"
    assert clocks(wait, policy=3)["resolution"].phase == "paused"
    switched_on = clocks(wait, (5, *apply(3)))["resolution"]
    assert (switched_on.phase, switched_on.paused_at) == ("paused", at(5))
    switched_off = clocks(wait, (5, *apply(1)), policy=3)["resolution"]
    assert (switched_off.phase, switched_off.due_at) == ("running", at(52))


def test_from_one_wait_to_another_is_one_pause() -> None:
    found = clocks(
        (1, "ticket.waiting", {"for": "customer"}),
        (2, "ticket.waiting", {"for": "supplier"}),
        (3, "ticket.resumed"),
        policy=3,
    )
    assert found["resolution"].pauses == ((at(1), at(3)),)


def test_a_pause_over_closed_hours_is_worth_its_working_time() -> None:
    found = clocks((7, "ticket.waiting", {"for": "customer"}), (24, "ticket.resumed"), calendar=1)[
        "resolution"
    ]
    assert found.paused_seconds == 2 * 3600  # 17:00 to 18:00, 9:00 to 10:00
    assert found.due_at == at(8 * 24 + 2)


def test_a_change_of_policy_counts_from_the_start_and_keeps_pauses() -> None:
    waited = [(1, "ticket.waiting", {"for": "customer"}), (4, "ticket.resumed")]
    found = clocks(*waited, (5, *apply(2)))
    assert found["resolution"].due_at == at(24 + 3)
    assert found["resolution"].policy_version == 2
    assert found["response"].due_at == at(0.25)  # long past: breached by the change
    assert state(found["response"], at(5)) == "breached"
    back = clocks(*waited, (5, *apply(2)), (6, *apply(1)))
    assert back["response"].due_at == at(2)
    assert back["resolution"].due_at == at(51)


def test_a_pause_is_measured_in_the_calendar_in_force() -> None:
    waited = [(7, "ticket.waiting", {"for": "customer"}), (24, "ticket.resumed")]
    assert clocks(*waited)["resolution"].paused_seconds == 17 * 3600
    assert clocks(*waited, (30, *apply(1, 1)))["resolution"].paused_seconds == 2 * 3600


def test_a_pause_after_the_due_time_does_not_move_it() -> None:
    waited = [(30, "ticket.waiting", {"for": "customer"}), (40, "ticket.resumed")]
    assert clocks(*waited)["resolution"].due_at == at(58)
    stricter = clocks(*waited, (41, *apply(2)))["resolution"]  # due after 24 h, before the wait
    assert (stricter.due_at, stricter.anchor_elapsed) == (at(24), 31 * 3600)


def test_what_was_met_stays_as_it_was_promised() -> None:
    found = clocks((1, *ANSWER), (5, *apply(2)))
    assert found["response"] == clocks((1, *ANSWER))["response"]


def test_a_policy_without_a_clock_drops_it_and_one_with_it_brings_it_back() -> None:
    dropped = clocks((1, *apply(4)))
    assert (dropped["response"].phase, dropped["response"].cancelled_at) == ("cancelled", at(1))
    back = clocks((1, *apply(4)), (3, *apply(1)))
    assert (back["response"].phase, back["response"].due_at) == ("running", at(2))
    assert clocks(policy=4).keys() == {"resolution"}
    later = clocks((1, *ANSWER), (3, *apply(1)), policy=4)  # answered before there was a promise
    assert later.keys() == {"handling", "resolution"}


def test_a_policy_applied_late_holds_from_the_opening() -> None:
    late = [
        Event("ticket.opened", MONDAY),
        Event("message.sent", at(1), {"automatic": False}),
        Event("sla.policy_applied", at(30), {"policy_version": 1, "calendar_version": None}),
    ]
    found = fold_clocks(late, POLICIES, CALENDARS)
    assert [(clock.name, clock.phase, clock.due_at) for clock in found] == [
        ("response", "met", at(2)),
        ("handling", "running", at(4)),
        ("resolution", "running", at(48)),
    ]
    assert fold_clocks(late[:2], POLICIES, CALENDARS) == ()


def test_a_due_time_set_by_hand_survives_a_change_of_policy() -> None:
    by_hand = (1, "due.set", {"clock": "resolution", "due_at": at(30).isoformat(), "reason": "VIP"})
    found = clocks(by_hand, (2, *apply(2)))["resolution"]
    assert (found.due_at, found.due_by_hand, found.policy_version) == (at(30), True, 2)
    assert found.target_seconds == 30 * 3600
    assert remaining_seconds(found, at(10), compile_calendar(None)) == 20 * 3600


def test_a_due_time_set_by_hand_moves_with_later_pauses() -> None:
    by_hand = (3, "due.set", {"clock": "resolution", "due_at": at(30)})
    waits, resumed = (1, "ticket.waiting", {"for": "customer"}), (8, "ticket.resumed")
    assert clocks(by_hand, (4, *waits[1:]), resumed)["resolution"].due_at == at(34)
    assert clocks(waits, by_hand, resumed)["resolution"].due_at == at(35)  # since it was set


def test_a_due_time_by_hand_outside_opening_hours_stays_where_it_is() -> None:
    sunday = at(6 * 24 + 5)
    by_hand = (1, "due.set", {"clock": "resolution", "due_at": sunday})
    found = clocks(by_hand, (2, *apply(2, 1)), calendar=1)["resolution"]
    assert found.due_at == sunday
    assert found.target_seconds == 39 * 3600  # what is open until then


def test_a_due_time_by_hand_in_the_past() -> None:
    waited = [(1, "ticket.waiting", {"for": "customer"}), (4, "ticket.resumed")]
    found = clocks(*waited, (9, "due.set", {"clock": "resolution", "due_at": at(3)}))["resolution"]
    assert (found.due_at, found.target_seconds) == (at(3), 3600)
    assert remaining_seconds(found, at(9), compile_calendar(None)) == -5 * 3600


def test_due_times_are_set_on_running_clocks_only() -> None:
    met = clocks((1, *ANSWER), (2, "due.set", {"clock": "response", "due_at": at(30)}))
    assert met["response"].due_at == at(2)


def test_resolving_meets_resolution_and_handling_and_cancels_the_rest() -> None:
    found = clocks((1, "ticket.referred"), (3, "ticket.resolved"))
    assert {name: clock.phase for name, clock in found.items()} == {
        "response": "cancelled", "handling": "met", "resolution": "met", "referral": "cancelled",
    }  # fmt: skip
    assert state(found["response"], at(9)) == "breached"  # it was due after 2 h: that stays


@pytest.mark.parametrize("how", ["ticket.closed", "ticket.merged"])
def test_closing_and_merging_cancel_what_runs(how: str) -> None:
    found = clocks((1, *ANSWER), (1.5, how))
    assert {name: state(clock, at(99)) for name, clock in found.items()} == {
        "response": "met", "handling": "cancelled", "resolution": "cancelled"}  # fmt: skip


def test_reopening_gives_back_the_time() -> None:
    found = clocks((10, "ticket.resolved"), (100, "ticket.reopened"))
    assert found["resolution"].due_at == at(138)
    assert found["resolution"].phase == "running"
    assert found["handling"].phase == "running"  # breached, and still without a plan
    twice = clocks((10, "ticket.resolved"), (100, "ticket.reopened"), (101, "ticket.resolved"),
                   (102, "ticket.closed"), (111, "ticket.reopened"))  # fmt: skip
    assert twice["resolution"].due_at == at(148)


def test_reopening_takes_over_the_policy_applied_meanwhile() -> None:
    found = clocks((1, *ANSWER), (2, "ticket.resolved"), (3, *apply(2)), (4, "ticket.reopened"))
    assert (found["resolution"].due_at, found["resolution"].policy_version) == (at(26), 2)
    assert (found["response"].due_at, found["response"].policy_version) == (at(2), 1)


def test_reopening_what_was_resolved_on_the_last_instant_or_too_late() -> None:
    last = clocks((48, "ticket.resolved"), (60, "ticket.reopened"))["resolution"]
    assert state(last, at(60)) == "running"
    evening = 8 * 24 + 10  # of the day on which it was due and resolved at 10:00
    closed = clocks((8 * 24, "ticket.resolved"), (evening, "ticket.reopened"), calendar=1)
    assert state(closed["resolution"], at(evening)) == "running"
    late = clocks((50, "ticket.resolved"), (60, "ticket.reopened"))["resolution"]
    assert (late.due_at, state(late, at(60))) == (at(48), "breached")
    assert remaining_seconds(late, at(61), compile_calendar(None)) == -3 * 3600


def test_resolving_a_paused_ticket_moves_the_due_time_first() -> None:
    found = clocks((1, "ticket.waiting", {"for": "customer"}), (90, "ticket.resolved"))[
        "resolution"
    ]
    assert (found.due_at, state(found, at(99))) == (at(48 + 89), "met")


def test_next_response_runs_from_the_first_unanswered_message() -> None:
    assert "next_response" not in clocks((1, "message.received"), (1.5, *ANSWER))
    found = clocks((1, *ANSWER), (3, "message.received"), (4, "message.received"))
    assert found["next_response"].due_at == at(5)
    assert "next_response 2" not in found
    again = clocks((1, *ANSWER), (3, "message.received"), (4, *ANSWER), (6, "message.received"))
    assert again["next_response"].phase == "met"
    assert again["next_response 2"].due_at == at(8)


def test_a_message_that_reopens_wants_an_answer() -> None:
    resolved = [(1, *ANSWER), (3, "ticket.resolved")]
    for order in (["message.received", "ticket.reopened"], ["ticket.reopened", "message.received"]):
        found = clocks(*resolved, *((9, kind) for kind in order))
        assert found["next_response"].due_at == at(11)
    assert "next_response" not in clocks(*resolved, (9, "message.received"))
    assert "next_response" not in clocks(*resolved, (9, "ticket.reopened"))
    answered = [(9, "message.received"), (10, *ANSWER), (11, "ticket.reopened")]
    assert "next_response" not in clocks(*resolved, *answered)


def test_what_was_answered_while_resolved_does_not_run_again() -> None:
    found = clocks((1, "ticket.resolved"), (2, *ANSWER), (3, "ticket.reopened"))
    assert found["response"].phase == "cancelled"


@pytest.mark.parametrize("ended", ["ticket.resolved", "ticket.closed"])
def test_a_promised_moment_stays_where_it_was_said(ended: str) -> None:
    promised = [(1, "promise.made", {"due_at": at(6).isoformat()}), (2, ended)]
    ahead = clocks(*promised, (5, "ticket.reopened"))["promise"]
    assert (ahead.phase, ahead.due_at, ahead.paused_seconds) == ("running", at(6), 0)
    assert elapsed(ahead, at(5.5), compile_calendar(None)) == 4.5 * 3600
    passed = clocks(*promised, (7, "ticket.reopened"))["promise"]
    assert (passed.phase, passed.due_at, state(passed, at(9))) == ("cancelled", at(6), "cancelled")
    again = clocks(*promised, (3, "ticket.reopened"), (4, ended), (5, "ticket.reopened"))
    assert again["promise"] == ahead


def test_a_promise_is_kept_by_the_next_word_whatever_else_happens() -> None:
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


def test_levels_in_order_each_once() -> None:
    levels = fold_levels(ticket((1.7, *ANSWER)), POLICIES, CALENDARS, at(6.001))
    assert levels == (
        LevelReached("response", 1, 50, at(1)),
        LevelReached("response", 1, 80, at(1.6)),
        LevelReached("handling", 1, 50, at(2)),
        LevelReached("handling", 1, 80, at(3.2)),
        LevelReached("handling", 1, 100, at(4)),
        LevelReached("handling", 1, 150, at(6)),
    )


def test_levels_that_a_change_of_policy_overtakes_count_from_the_change() -> None:
    history = ticket((0.3, *apply(2)), (0.5, *apply(1)))
    levels = fold_levels(history, POLICIES, CALENDARS, at(1.9))
    response = [(level.percent, level.at) for level in levels if level.clock == "response"]
    assert response == [(50, at(0.3)), (80, at(0.3)), (100, at(0.3)), (150, at(0.375))]


def test_what_the_clocks_do_not_know_is_passed_over() -> None:
    odd = [(1, "ticket.noted"), (1, "ticket.reopened"), (2, "ticket.resumed"), (2, "ticket.opened"),
           (2, "referral.answered"), (3, *apply(1))]  # fmt: skip
    assert clocks(*odd) == clocks()
    assert fold_clocks([Event("message.sent", MONDAY, {})], POLICIES, CALENDARS) == ()
