"""The same events under other policies: chosen anew wherever the choice may differ."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service_desk.rules.business_time import Calendar
from service_desk.rules.sla_clocks import Clock, Event, LevelReached, fold_both
from service_desk.rules.sla_policies import Facts, Match, Policy, choose_policy
from service_desk.rules.sla_replay import Other, Scenario, under, with_versions

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
SUPPLIERS = {1: "Pumps & Co", 2: "Motors Ltd"}
FACTS = Facts("complaint", "sms", "normal")


def opened(**facts: Any) -> Event:
    said = {"kind": "complaint", "channel": "sms", "severity": "normal", "supplier": None}
    return Event("ticket.opened", NOW, said | facts)


def classified(hours: float, **changed: Any) -> Event:
    return Event(
        "ticket.classified",
        NOW + hours * HOUR,
        {name: {"from": None, "to": value} for name, value in changed.items()},
    )


def real(hours: float = 0, policy: int = 1, calendar: int | None = None) -> Event:
    data = {"policy_version": policy, "calendar_version": calendar}
    return Event("sla.policy_applied", NOW + hours * HOUR, data)


def chosen(scenario: Scenario, events: list[Event]) -> list[tuple[float, int]]:
    """Hours after the opening, and the version applied: -1 is the scenario's first."""
    other = with_versions(scenario, {1: STANDARD}, {})
    return [
        ((event.at - NOW) / HOUR, event.data["policy_version"])
        for event in under(other, events, FACTS, SUPPLIERS)
        if event.type == "sla.policy_applied"
    ]


def test_a_change_that_changed_nothing_really_may_change_the_policy_here() -> None:
    events = [opened(), real(), classified(1, severity="high"), classified(3, severity="low")]
    assert chosen(Scenario((HIGH,)), events) == [(0, 1), (1, -1), (3, 1)]


def test_what_does_not_decide_chooses_nothing() -> None:
    events = [opened(), real(), classified(1, cause="logistics"), Event("plan.recorded", NOW)]
    assert chosen(Scenario((HIGH,)), events) == [(0, 1)]


def test_a_safety_word_and_a_change_of_kind_count() -> None:
    raised = Event("severity.raised", NOW + HOUR, {"from": "normal", "to": "safety"})
    events = [opened(), real(), raised, classified(2, kind="repair", severity="normal")]
    assert chosen(SAME, events) == [(0, -5), (1, -1), (2, -4)]


def test_suppliers_are_matched_by_name() -> None:
    events = [opened(), real(), classified(1, supplier=1), classified(2, supplier=2)]
    assert chosen(SAME, events) == [(0, -5), (1, -2), (2, -5)]
    from_the_start = [opened(supplier="Pumps & Co"), real(), classified(1, supplier=None)]
    assert chosen(SAME, from_the_start) == [(0, -2), (1, -5)]


@st.composite
def lifetimes(draw: st.DrawFn) -> list[Event]:
    """As the desk writes them: a policy is applied when another one fits than before."""
    events: list[Event] = []
    facts = replace(FACTS, severity=draw(severities), supplier=draw(st.sampled_from(NAMES)))
    record(events, opened(severity=facts.severity, supplier=facts.supplier), facts)
    at = NOW
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.sampled_from([timedelta(), timedelta(minutes=25), 3 * HOUR, 20 * HOUR]))
        type_, data = draw(st.one_of(happenings, changes))
        facts = known_after(facts, type_, data)
        record(events, Event(type_, at, data), facts)
    return events


def record(events: list[Event], event: Event, facts: Facts) -> None:
    events.append(event)
    fitting = choose_policy(POLICIES, facts)
    assert fitting is not None
    terms = {
        "policy_version": fitting + 1,
        "calendar_version": 1 if POLICIES[fitting].calendar == "office" else None,
    }
    applied = [event for event in events if event.type == "sla.policy_applied"]
    if not applied or applied[-1].data != terms:
        events.append(Event("sla.policy_applied", event.at, terms))
        note("policies applied", str(len(applied) + 1))


def known_after(facts: Facts, type_: str, data: dict[str, Any]) -> Facts:
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
happenings = st.sampled_from(
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
).map(lambda new: ("ticket.classified", {name: {"from": None, "to": new[name]} for name in new}))


@given(lifetimes())
def test_replay_under_the_same_policies_is_what_really_happened(events: list[Event]) -> None:
    really = Other(Scenario(()), dict(enumerate(POLICIES, 1)), {1: OFFICE})
    other = with_versions(SAME, really.policies, really.calendars)
    replayed = under(other, events, FACTS, SUPPLIERS)
    assert outcome(replayed, other) == outcome(events, really)


def outcome(events: list[Event], terms: Other) -> tuple[list[Clock], tuple[LevelReached, ...]]:
    """With the scenario's versions under the names of the real ones."""
    clocks, levels = fold_both(events, terms.policies, terms.calendars, NOW + 300 * HOUR)
    same = [
        replace(
            clock,
            policy_version=abs(clock.policy_version),
            calendar_version=clock.calendar_version and abs(clock.calendar_version),
        )
        for clock in clocks
    ]
    return same, levels
