"""What clocks would have been under other policies (DESIGN §2.3): same events, other terms."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

import msgspec

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import ALWAYS, Policy, PolicyFacts, matches
from service_desk.rules.policies.rollouts import OrderedPolicy, PolicyBook
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import (
    PolicyApplied,
    SeverityRaised,
    TicketClassified,
    TicketOpened,
)


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Content of the file for `sla replay --policy`: policies, and the calendars they name; or just
    one policy.

    A policy with the name of one in force takes its place in the order; others are tried first.
    """

    policies: tuple[Policy, ...]
    calendars: dict[str, Calendar] = {}


class ScenarioBook(msgspec.Struct, frozen=True):
    """The scenario, its versions under negative ids (those of stored versions start at 1).

    `book`: the real policies; `order`: their order with those of the scenario in it.
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
    """`policies`, `calendars`: the real versions by id."""
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
    """The events with the policy chosen again wherever it was, and wherever a fact changed that the
    choice depends on: other policies may then lead to a change where really there was none.

    `facts`: gives the ticket's tier; the other facts follow from its events. `suppliers`: names by
    id. The ticket keeps the policy it really had unless the scenario replaces that, or has one that
    is tried before it and matches.
    """
    replayed: list[Event] = []
    real: PolicyApplied | None = None
    for place, event in enumerate(events):
        before, facts = facts, _facts_after(facts, event, suppliers)
        if isinstance(event.data, PolicyApplied):
            real = event.data
            replayed.append(Event(event.at, _terms(other, facts, real)))
            continue
        replayed.append(event)
        if (
            real is not None
            and facts != before
            and not _policy_chosen_at_same_time(event, events[place + 1 :])
        ):
            replayed.append(Event(event.at, _terms(other, facts, real)))
    return replayed


def _policy_chosen_at_same_time(change: Event, later: Sequence[Event]) -> bool:
    """Whether a policy was really chosen at the same instant, so that none is to be added."""
    at_once = takewhile(lambda event: event.at == change.at, later)
    return any(isinstance(event.data, PolicyApplied) for event in at_once)


def _terms(other: ScenarioBook, facts: PolicyFacts, real: PolicyApplied) -> PolicyApplied:
    """Policies before the ticket's real one did not match, so only the scenario's count there; at
    the real one the search ends. If the scenario replaces that by one that does not match, the next
    matching policy applies."""
    real_policy = other.policies[real.policy_version].name
    passed = False
    for place in other.order:
        policy = other.policies[place.version]
        if place.version < 0:
            if matches(policy.match, facts):
                return _terms_of(other, place, policy)
        elif place.policy == real_policy:
            return real
        elif passed and place.in_force and matches(policy.match, facts):
            return _terms_of(other, place, policy)
        passed = passed or place.policy == real_policy
    return real


def _terms_of(other: ScenarioBook, place: OrderedPolicy, policy: Policy) -> PolicyApplied:
    calendar: int | None
    if policy.calendar == ALWAYS:
        calendar = None
    elif place.version < 0:
        calendar = -1 - list(other.scenario.calendars).index(policy.calendar)
    else:
        calendar = other.book.calendars[policy.calendar]
    return PolicyApplied(place.policy, place.version, calendar)


def _facts_after(facts: PolicyFacts, event: Event, suppliers: Mapping[int, str]) -> PolicyFacts:
    match event.data:
        case TicketOpened(kind=kind, channel=channel, severity=severity, supplier=supplier):
            return msgspec.structs.replace(
                facts, kind=kind, channel=channel, severity=severity, supplier=supplier
            )
        case SeverityRaised(to=severity):
            return msgspec.structs.replace(facts, severity=severity)
        case TicketClassified(kind=kind, severity=severity, supplier=supplier):
            return msgspec.structs.replace(
                facts,
                kind=kind.to if kind else facts.kind,
                severity=severity.to if severity else facts.severity,
                supplier=_supplier_name(supplier.to, suppliers) if supplier else facts.supplier,
            )
        case _:
            return facts


def _supplier_name(id_: int | None, suppliers: Mapping[int, str]) -> str | None:
    return None if id_ is None else suppliers.get(id_)
