"""The same events under other policies, chosen again wherever the choice may differ."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.fold import Clock, LevelReached, fold_clocks_and_levels
from service_desk.rules.clocks.replay import Scenario, ScenarioBook, apply_scenario, merge_scenario
from service_desk.rules.policies.policies import Match, Policy, PolicyFacts, choose_policy
from service_desk.rules.policies.rollouts import OrderedPolicy, PolicyBook
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import PolicyApplied
from tests.events import event

NOW = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICE = Calendar(
    week={"thu": [("09:00", "12:00"), ("13:00", "18:00")], "sat": [("10:00", "11:00")]}
)
TARGETS = {"response": 7200, "handling": 14400, "resolution": 172_800, "next_response": 3600}
STANDARD = Policy("standard", TARGETS)
HIGH = Policy("high", TARGETS | {"response": 1800}, Match(severities=("high",)))
POLICIES = (
    Policy("safety", {"response": 600, "resolution": 86_400}, Match(severities=("safety",))),
    Policy("bad pumps", TARGETS | {"resolution": 36_000}, Match(suppliers=("Pumps & Co",))),
    replace(HIGH, calendar="office", pause_on_parts=True),
    Policy("repairs", {"handling": 7200}, Match(kinds=("repair",)), calendar="office"),
    STANDARD,
)
SAME = Scenario(POLICIES, {"office": OFFICE})
BEFORE = {"severity": "normal", "kind": "complaint", "cause": "unknown", "supplier": None}
SUPPLIERS = {1: "Pumps & Co", 2: "Motors Ltd"}
FACTS = PolicyFacts("complaint", "sms", "normal")


def opened(**facts: Any) -> Event:
    defaults = {"kind": "complaint", "channel": "sms", "severity": "normal", "supplier": None}
    return event("ticket.opened", NOW, defaults | facts)


def classified(hours: float, **changed: Any) -> Event:
    return event(
        "ticket.classified",
        NOW + hours * HOUR,
        {name: {"from": BEFORE[name], "to": value} for name, value in changed.items()},
    )


def real(hours: float = 0, policy: int = 1, calendar: int | None = None) -> Event:
    data = {"policy_version": policy, "calendar_version": calendar}
    return event("sla.policy_applied", NOW + hours * HOUR, data)


def chosen(scenario: Scenario, events: list[Event]) -> list[tuple[float, int]]:
    """(hours after the opening, version applied); -1 is the scenario's first."""
    return chosen_among((STANDARD,), scenario, events)


def chosen_among(
    real_ones: Sequence[Policy], scenario: Scenario, events: list[Event], retired: str = ""
) -> list[tuple[float, int]]:
    other = beside_those(real_ones, scenario, retired)
    return [
        ((event.at - NOW) / HOUR, event.data.policy_version)
        for event in apply_scenario(other, events, FACTS, SUPPLIERS)
        if isinstance(event.data, PolicyApplied)
    ]


def beside_those(
    real_ones: Sequence[Policy], scenario: Scenario, retired: str = ""
) -> ScenarioBook:
    policies = dict(enumerate(real_ones, 1))
    order = [
        OrderedPolicy(policy.name, version, policy.name != retired)
        for version, policy in policies.items()
    ]
    return merge_scenario(
        scenario, PolicyBook(order, policies, {"office": 1}), policies, {1: OFFICE}
    )


def test_a_change_without_effect_may_change_the_policy_in_the_scenario() -> None:
    events = [opened(), real(), classified(1, severity="high"), classified(3, severity="low")]
    assert chosen(Scenario((HIGH,)), events) == [(0, 1), (1, -1), (3, 1)]


def test_irrelevant_changes_choose_no_policy() -> None:
    events = [opened(), real(), classified(1, cause="logistics"), event("plan.recorded", NOW)]
    assert chosen(Scenario((HIGH,)), events) == [(0, 1)]


def test_raised_severity_and_changed_kind_choose_a_policy() -> None:
    raised = event("severity.raised", NOW + HOUR, {"from": "normal", "to": "safety"})
    events = [opened(), real(), raised, classified(2, kind="repair", severity="normal")]
    assert chosen(SAME, events) == [(0, -5), (1, -1), (2, -4)]


def test_suppliers_are_matched_by_name() -> None:
    events = [opened(), real(), classified(1, supplier=1), classified(2, supplier=2)]
    assert chosen(SAME, events) == [(0, -5), (1, -2), (2, -5)]
    from_the_start = [opened(supplier="Pumps & Co"), real(), classified(1, supplier=None)]
    assert chosen(SAME, from_the_start) == [(0, -2), (1, -5)]


def test_a_policy_with_an_existing_name_takes_its_place() -> None:
    """A policy that matches anything does not get tickets of policies tried before it."""
    safety = [opened(severity="safety"), real(policy=1)]
    normal = [opened(), real(policy=5)]
    milder = Scenario((replace(STANDARD, targets={"response": 9000}),))
    assert chosen_among(POLICIES, milder, safety) == [(0, 1)]
    assert chosen_among(POLICIES, milder, normal) == [(0, -1)]
    renamed = Scenario((replace(STANDARD, name="new"),))
    assert chosen_among(POLICIES, renamed, safety) == [(0, -1)]


def test_a_policy_with_a_retired_name_is_tried_first() -> None:
    again = Scenario((replace(STANDARD, name="repairs"),))
    assert chosen_among(POLICIES, again, [opened(), real(policy=5)], "repairs") == [(0, -1)]
    assert chosen_among(POLICIES, again, [opened(), real(policy=5)]) == [(0, -1)]
    high = [opened(severity="high"), real(policy=3)]
    assert chosen_among(POLICIES, again, high, "repairs") == [(0, -1)]
    assert chosen_among(POLICIES, again, high) == [(0, 3)]


def test_policies_not_in_the_scenario_keep_their_tickets() -> None:
    """Even if a policy tried before now matches: it did not when the ticket came."""
    was_first_later = [opened(severity="high"), real(policy=5), classified(1, kind="repair")]
    assert chosen_among(POLICIES, Scenario((POLICIES[0],)), was_first_later) == [(0, 5), (1, 5)]


def test_a_replaced_policy_that_does_not_match_leaves_the_ticket_to_the_next() -> None:
    narrower = Scenario((replace(HIGH, match=Match(kinds=("enquiry",))),))
    high = [opened(severity="high"), real(policy=3)]
    assert chosen_among(POLICIES, narrower, high) == [(0, 5)]
    repair = [opened(severity="high", kind="repair"), real(policy=3)]
    assert chosen_among(POLICIES, narrower, repair) == [(0, 4)]
    terms = apply_scenario(beside_those(POLICIES, narrower), repair, FACTS, SUPPLIERS)[1].data
    assert terms == PolicyApplied("repairs", 4, 1)
    nothing = Scenario((replace(STANDARD, match=Match(kinds=("enquiry",))),))
    assert chosen_among(POLICIES, nothing, [opened(), real(policy=5)]) == [(0, 5)]


@st.composite
def lifetimes(draw: st.DrawFn) -> list[Event]:
    """As the desk records them: a policy is applied when the first match changes."""
    events: list[Event] = []
    facts = replace(FACTS, severity=draw(severities), supplier=draw(st.sampled_from(NAMES)))
    record(events, opened(severity=facts.severity, supplier=facts.supplier), facts)
    at = NOW
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.sampled_from([timedelta(), timedelta(minutes=25), 3 * HOUR, 20 * HOUR]))
        type_, data = draw(st.one_of(happenings, changes))
        facts = known_after(facts, type_, data)
        record(events, event(type_, at, data), facts)
    return events


def record(events: list[Event], latest: Event, facts: PolicyFacts) -> None:
    events.append(latest)
    fitting = choose_policy(POLICIES, facts)
    assert fitting is not None
    policy = POLICIES[fitting]
    calendar = 1 if policy.calendar == "office" else None
    terms = PolicyApplied(policy.name, fitting + 1, calendar)
    applied = [event.data for event in events if isinstance(event.data, PolicyApplied)]
    if not applied or applied[-1] != terms:
        events.append(Event(latest.at, terms))
        note("policies applied", str(len(applied) + 1))


def known_after(facts: PolicyFacts, type_: str, data: dict[str, Any]) -> PolicyFacts:
    if type_ == "severity.raised":
        return replace(facts, severity="safety")
    if type_ != "ticket.classified":
        return facts
    new = {name: change["to"] for name, change in data.items() if name != "cause"}
    if "supplier" in new:
        new["supplier"] = SUPPLIERS.get(new["supplier"])
    return replace(facts, **new)


NAMES = (None, *SUPPLIERS.values())
severities = st.sampled_from(["safety", "high", "normal", "low"])
happenings: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.sampled_from(
    [
        ("message.received", {"message": 1}),
        ("message.sent", {}),
        ("call.logged", {"answered": True}),
        ("plan.recorded", {}),
        ("promise.made", {"due_at": (NOW + 30 * HOUR).isoformat()}),
        ("ticket.waiting", {"for": "customer"}),
        ("ticket.waiting", {"for": "parts"}),
        ("ticket.resumed", {}),
        ("ticket.resolved", {}),
        ("ticket.closed", {}),
        ("ticket.reopened", {}),
        ("due.set", {"clock": "resolution", "due_at": (NOW + 40 * HOUR).isoformat()}),
        ("severity.raised", {"from": "normal", "to": "safety"}),
    ]
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "severity": severities,
        "kind": st.sampled_from(["complaint", "repair"]),
        "supplier": st.sampled_from([None, *SUPPLIERS]),
        "cause": st.just("logistics"),
    },
).map(
    lambda new: (
        "ticket.classified",
        {name: {"from": BEFORE[name], "to": value} for name, value in new.items()},
    )
)


@given(lifetimes(), st.sets(st.integers(0, len(POLICIES) - 1)))
def test_replay_under_the_same_policies_reproduces_the_history(
    events: list[Event], some: set[int]
) -> None:
    """All policies or some, each in its place, whatever their order in the file."""
    really = beside_those(POLICIES, Scenario(()))
    for policies in (POLICIES, POLICIES[::-1], tuple(POLICIES[place] for place in some)):
        other = beside_those(POLICIES, replace(SAME, policies=policies))
        replayed = apply_scenario(other, events, FACTS, SUPPLIERS)
        assert outcome(replayed, other) == outcome(events, really)


def outcome(
    events: list[Event], terms: ScenarioBook
) -> tuple[list[Clock], tuple[LevelReached, ...]]:
    """With the ids of the scenario's versions replaced by the real ones."""
    clocks, levels = fold_clocks_and_levels(
        events, terms.policies, terms.calendars, NOW + 300 * HOUR
    )
    numbers = {policy.name: number for number, policy in enumerate(POLICIES, 1)}
    same = [
        replace(
            clock,
            policy_version=numbers[terms.policies[clock.policy_version].name],
            calendar_version=clock.calendar_version and abs(clock.calendar_version),
        )
        for clock in clocks
    ]
    return same, levels
