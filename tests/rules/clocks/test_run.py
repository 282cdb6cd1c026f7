"""One clock: pauses, changes of policy, manual due times, reopenings (docs/decisions/0010)."""

from collections.abc import Iterator
from datetime import datetime

from hypothesis import given

from service_desk.rules.calendars.business_time import BusinessTime, compile_calendar
from service_desk.rules.clocks.fold import (
    Clock,
    elapsed,
    fold_clocks,
    remaining_seconds,
    state,
)
from service_desk.rules.tickets.event import Event
from tests.rules.by_hand import ANSWER, apply, at, clocks
from tests.rules.clocks.slow_clock import SECOND, minutes_between
from tests.rules.clocks.ticket_cases import Case, cases


def test_a_pause_over_closed_hours_counts_its_working_time() -> None:
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


def test_a_met_clock_stays_as_promised() -> None:
    found = clocks((1, *ANSWER), (5, *apply(2)))
    assert found["response"] == clocks((1, *ANSWER))["response"]


def test_a_policy_without_the_clock_cancels_it_and_one_with_it_restores_it() -> None:
    dropped = clocks((1, *apply(4)))
    assert (dropped["response"].phase, dropped["response"].cancelled_at) == ("cancelled", at(1))
    back = clocks((1, *apply(4)), (3, *apply(1)))
    assert (back["response"].phase, back["response"].due_at) == ("running", at(2))
    assert clocks(policy=4).keys() == {"resolution"}
    later = clocks((1, *ANSWER), (3, *apply(1)), policy=4)  # answered before it was promised
    assert later.keys() == {"handling", "resolution"}


def test_a_due_time_set_manually_survives_a_change_of_policy() -> None:
    by_hand = (1, "due.set", {"clock": "resolution", "due_at": at(30).isoformat(), "reason": "VIP"})
    found = clocks(by_hand, (2, *apply(2)))["resolution"]
    assert (found.due_at, found.due_set_manually, found.policy_version) == (at(30), True, 2)
    assert found.target_seconds == 30 * 3600
    assert remaining_seconds(found, at(10), compile_calendar(None)) == 20 * 3600


def test_a_due_time_set_manually_moves_with_later_pauses() -> None:
    by_hand = (3, "due.set", {"clock": "resolution", "due_at": at(30)})
    waits, resumed = (1, "ticket.waiting", {"for": "customer"}), (8, "ticket.resumed")
    assert clocks(by_hand, (4, *waits[1:]), resumed)["resolution"].due_at == at(34)
    assert clocks(waits, by_hand, resumed)["resolution"].due_at == at(35)  # only since it was set


def test_a_due_time_set_manually_outside_opening_hours_stays() -> None:
    sunday = at(6 * 24 + 5)
    by_hand = (1, "due.set", {"clock": "resolution", "due_at": sunday})
    found = clocks(by_hand, (2, *apply(2, 1)), calendar=1)["resolution"]
    assert found.due_at == sunday
    assert found.target_seconds == 39 * 3600  # the open time until then


def test_a_due_time_set_manually_in_the_past() -> None:
    waited = [(1, "ticket.waiting", {"for": "customer"}), (4, "ticket.resumed")]
    found = clocks(*waited, (9, "due.set", {"clock": "resolution", "due_at": at(3)}))["resolution"]
    assert (found.due_at, found.target_seconds) == (at(3), 3600)
    assert remaining_seconds(found, at(9), compile_calendar(None)) == -5 * 3600


def test_due_times_are_set_on_running_clocks_only() -> None:
    met = clocks((1, *ANSWER), (2, "due.set", {"clock": "response", "due_at": at(30)}))
    assert met["response"].due_at == at(2)


def test_reopening_gives_back_the_time() -> None:
    found = clocks((10, "ticket.resolved"), (100, "ticket.reopened"))
    assert found["resolution"].due_at == at(138)
    assert found["resolution"].phase == "running"
    assert found["handling"].phase == "running"  # breached, still without a plan
    twice = clocks((10, "ticket.resolved"), (100, "ticket.reopened"), (101, "ticket.resolved"),
                   (102, "ticket.closed"), (111, "ticket.reopened"))  # fmt: skip
    assert twice["resolution"].due_at == at(148)


def test_reopening_takes_over_the_policy_applied_meanwhile() -> None:
    found = clocks((1, *ANSWER), (2, "ticket.resolved"), (3, *apply(2)), (4, "ticket.reopened"))
    assert (found["resolution"].due_at, found["resolution"].policy_version) == (at(26), 2)
    assert (found["response"].due_at, found["response"].policy_version) == (at(2), 1)


def test_reopening_after_resolving_at_the_due_instant_or_later() -> None:
    last = clocks((48, "ticket.resolved"), (60, "ticket.reopened"))["resolution"]
    assert state(last, at(60)) == "running"
    evening = 8 * 24 + 10  # of the day on which it was due, and resolved, at 10:00
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


def test_a_clock_cancelled_and_restored_by_policies_keeps_its_pauses() -> None:
    waited = [(1, "ticket.waiting", {"for": "customer"}), (4, "ticket.resumed")]
    dropped = [*waited, (5, *apply(5))]
    assert clocks(*dropped)["resolution"].phase == "cancelled"
    back = clocks(*dropped, (9, *apply(1)))["resolution"]
    assert (back.phase, back.due_at, back.pauses) == ("running", at(51), ((at(1), at(4)),))
    assert (back.paused_seconds, back.anchor_elapsed) == (3 * 3600, 6 * 3600)
    # Also those while it was not promised.
    unseen = [(6, *waited[0][1:]), (8, "ticket.resumed")]
    assert clocks(*dropped, *unseen, (9, *apply(1)))["resolution"].due_at == at(53)


def test_a_due_time_at_closing_is_not_passed_by_reopening_in_the_break() -> None:
    """No open time lies between due time and reopening, so there is none to give back."""
    noon = [(2, "ticket.resolved"), (2.5, "ticket.reopened")]
    found = clocks(*noon, calendar=1)["response"]
    assert (found.due_at, state(found, at(2.5))) == (at(2.5), "running")
    by_hand = (1, "due.set", {"clock": "resolution", "due_at": at(9)})  # at 19:00: closed
    evening = clocks(by_hand, (8.5, "ticket.resolved"), (12, "ticket.reopened"), calendar=1)
    assert (evening["resolution"].due_at, state(evening["resolution"], at(12))) == (
        at(12),
        "running",
    )


def test_the_same_terms_applied_while_resolved_change_nothing() -> None:
    noon = [(2, "ticket.resolved"), (2.1, *apply(2, 1)), (2.2, *apply(1, 1))]
    found = clocks(*noon, (2.5, "ticket.reopened"), calendar=1)["response"]
    assert (found.due_at, state(found, at(2.5))) == (at(2.5), "running")


def test_a_clock_not_promised_has_no_due_time_to_set() -> None:
    by_hand = (2, "due.set", {"clock": "response", "due_at": at(9)})
    assert clocks((1, *apply(4)), by_hand)["response"].phase == "cancelled"
    assert "response" not in clocks(by_hand, policy=4)


# Laws, over any history


@given(cases())
def test_pauses_conserve_working_time(case: Case) -> None:
    """Elapsed and paused time add up to the open time since the start, minute by minute."""
    opened = {version: case.openness(version) for version in (None, *case.calendars)}

    def worked(clock: Clock, start: datetime, end: datetime) -> int:
        minutes = opened[clock.calendar_version]
        pieces = minutes_between(case.since(start), case.since(end))
        return sum((b - a) * minutes[a // minutes.step] for a, b in pieces) // SECOND

    for event, _, clock in _changes(case):
        now = clock.met_at or clock.cancelled_at or event.at
        used = elapsed(clock, now, _business_time(case, clock))
        paused = sum(worked(clock, *pause) for pause in clock.pauses)
        assert paused == clock.paused_seconds
        if clock.paused_at is not None:
            paused += worked(clock, clock.paused_at, now)
        if clock.phase == "cancelled":  # cancelled by a policy during a pause
            assert used + paused <= worked(clock, clock.started_at, now)
        else:
            assert used + paused == worked(clock, clock.started_at, now)


@given(cases())
def test_only_new_terms_reduce_the_remaining_time(case: Case) -> None:
    """Other events leave the remaining time at their instant, and make nothing due earlier; new
    terms do not affect due times set manually."""
    for event, old, new in _changes(case):
        if old is None or new.name == "promise":
            continue
        same_calendar = old.calendar_version == new.calendar_version
        # A clock without a target runs on unseen, and so does one that a failed message never met.
        ran_on = old.phase == "cancelled" or (old.phase == "met" and event.type == "message.failed")
        if same_calendar and not ran_on:
            before, after = (
                elapsed(clock, event.at, _business_time(case, new)) for clock in (old, new)
            )
            assert before == after
        same_terms = same_calendar and old.policy_version == new.policy_version
        if same_terms and event.type not in ("due.set", "sla.policy_applied"):
            assert new.due_at >= old.due_at
        if old.due_set_manually:
            assert new.due_set_manually
            if event.type == "sla.policy_applied" and new.phase == old.phase:
                assert new.due_at == old.due_at


def _changes(case: Case) -> Iterator[tuple[Event, Clock | None, Clock]]:
    """(event, clock before it or None, clock after it) for all events and clocks."""
    before: dict[tuple[str, int], Clock] = {}
    for length, event in enumerate(case.events, 1):
        folded = fold_clocks(case.events[:length], case.policies, case.calendars)
        for clock in folded:
            yield event, before.get((clock.name, clock.ordinal)), clock
        before = {(clock.name, clock.ordinal): clock for clock in folded}


def _business_time(case: Case, clock: Clock) -> BusinessTime:
    return compile_calendar(case.calendars.get(clock.calendar_version or 0))
