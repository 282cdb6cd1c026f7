"""What clocks would have been under other policies (DESIGN §2.3): the same events, other terms."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

import msgspec

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.clocks.fold import Event
from service_desk.rules.policies.policies import ALWAYS, Policy, PolicyFacts, matches
from service_desk.rules.policies.rollouts import OrderedPolicy, PolicyBook


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `sla replay --policy FILE` holds: policies, and the calendars they name. A single policy
    may stand alone in the file.

    One named like a policy in force takes its place in the order; the others are tried first.
    """

    policies: tuple[Policy, ...]
    calendars: dict[str, Calendar] = {}


class ScenarioBook(msgspec.Struct, frozen=True):
    """The scenario under made-up version ids, below those of real versions (which start at 1).

    `book`: the real order of policies; `order`: with those of the scenario in it.
    """

    scenario: Scenario
    book: PolicyBook
    order: Sequence[OrderedPolicy]
    policies: Mapping[int, Policy]
    calendars: Mapping[int, Calendar]


def merge_scenario(
    scenario: Scenario,
    book: PolicyBook,
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
) -> ScenarioBook:
    """The real versions by id, and the scenario's beside them."""
    given = [
        OrderedPolicy(policy.name, -nth - 1, True) for nth, policy in enumerate(scenario.policies)
    ]
    replaced = {policy.name for policy in scenario.policies}
    in_force = {place.policy for place in book.order if place.in_force}
    return ScenarioBook(
        scenario,
        book,
        [
            *(new for new in given if new.policy not in in_force),
            *(
                place
                for real in book.order
                for place in (
                    [real]
                    if real.policy not in replaced
                    else [new for new in given if new.policy == real.policy and real.in_force]
                )
            ),
        ],
        {**policies, **{-nth - 1: policy for nth, policy in enumerate(scenario.policies)}},
        {
            **calendars,
            **{-nth - 1: calendar for nth, calendar in enumerate(scenario.calendars.values())},
        },
    )


def apply_scenario(
    other: ScenarioBook, events: Sequence[Event], facts: PolicyFacts, suppliers: Mapping[int, str]
) -> list[Event]:
    """The events with the policy chosen anew wherever it was, and wherever something changed that
    the choice depends on: under other policies that may be where really nothing was chosen.

    `facts`: the tier of the ticket; what else decides is followed through its history.
    `suppliers`: names by id. While the scenario says nothing of the policy that the ticket really
    had, nor has one to be tried before that matches, the ticket is under that policy.
    """
    chosen: list[Event] = []
    real: dict[str, Any] | None = None
    for place, event in enumerate(events):
        before, facts = facts, _facts_after(facts, event, suppliers)
        if event.type == "sla.policy_applied":
            real = event.data
            chosen.append(msgspec.structs.replace(event, data=_terms(other, facts, real)))
            continue
        chosen.append(event)
        if (
            real is not None
            and facts != before
            and not _policy_chosen_at_same_time(event, events[place + 1 :])
        ):
            chosen.append(Event("sla.policy_applied", event.at, _terms(other, facts, real)))
    return chosen


def _policy_chosen_at_same_time(change: Event, later: Sequence[Event]) -> bool:
    """Whether a policy was really chosen at the same moment: then nothing comes in between."""
    at_once = takewhile(lambda event: event.at == change.at, later)
    return any(event.type == "sla.policy_applied" for event in at_once)


def _terms(other: ScenarioBook, facts: PolicyFacts, real: dict[str, Any]) -> dict[str, Any]:
    """The policy that the ticket really had held it against those after it, whatever they match;
    those before it did not take it. If the scenario has another one by that name which does not
    match, it goes to the next that does."""
    left = other.policies[real["policy_version"]].name
    passed = False
    for place in other.order:
        policy = other.policies[place.version]
        if place.version < 0:
            if matches(policy.match, facts):
                return _terms_of(other, place, policy)
        elif place.policy == left:
            return real
        elif passed and place.in_force and matches(policy.match, facts):
            return _terms_of(other, place, policy)
        passed = passed or place.policy == left
    return real


def _terms_of(other: ScenarioBook, place: OrderedPolicy, policy: Policy) -> dict[str, Any]:
    calendar: int | None
    if policy.calendar == ALWAYS:
        calendar = None
    elif place.version < 0:
        calendar = -1 - list(other.scenario.calendars).index(policy.calendar)
    else:
        calendar = other.book.calendars[policy.calendar]
    return {"policy_version": place.version, "calendar_version": calendar}


def _facts_after(facts: PolicyFacts, event: Event, suppliers: Mapping[int, str]) -> PolicyFacts:
    match event.type:
        case "ticket.opened":
            return msgspec.structs.replace(
                facts,
                kind=event.data["kind"],
                channel=event.data["channel"],
                severity=event.data["severity"],
                supplier=event.data.get("supplier"),
            )
        case "severity.raised":
            return msgspec.structs.replace(facts, severity=event.data["to"])
        case "ticket.classified":
            now: dict[str, Any] = {
                name: event.data[name]["to"] for name in ("kind", "severity") if name in event.data
            }
            if "supplier" in event.data:
                now["supplier"] = suppliers.get(event.data["supplier"]["to"])
            return msgspec.structs.replace(facts, **now)
        case _:
            return facts
