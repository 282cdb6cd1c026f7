"""What clocks would have been under other policies (DESIGN §2.3): the same events, other terms."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from service_desk.rules.business_time import Calendar
from service_desk.rules.sla_clocks import Event
from service_desk.rules.sla_policies import ALWAYS, Facts, Policy, choose_policy


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `sla replay --policy FILE` holds: policies, tried in order before the real ones, and the
    calendars they name. A single policy may stand alone in the file."""

    policies: tuple[Policy, ...]
    calendars: dict[str, Calendar] = {}


class Other(msgspec.Struct, frozen=True):
    """The scenario under made-up version ids, below those of real versions (which start at 1)."""

    scenario: Scenario
    policies: dict[int, Policy]
    calendars: dict[int, Calendar]


def with_versions(
    scenario: Scenario, policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> Other:
    """The real versions by id, and the scenario's beside them."""
    return Other(
        scenario,
        {**policies, **{-place - 1: policy for place, policy in enumerate(scenario.policies)}},
        {
            **calendars,
            **{-place - 1: calendar for place, calendar in enumerate(scenario.calendars.values())},
        },
    )


def under(other: Other, events: Sequence[Event], facts: Facts) -> list[Event]:
    """The events with every choice of policy made anew. `facts`: tier and supplier of the ticket;
    what else decides is followed through its history. A ticket that no policy of the scenario
    matches keeps the policy it had."""
    changed: list[Event] = []
    for event in events:
        facts = _facts_after(facts, event)
        if event.type == "sla.policy_applied":
            event = msgspec.structs.replace(event, data=_terms(other, facts, event.data))  # noqa: PLW2901
        changed.append(event)
    return changed


def _terms(other: Other, facts: Facts, real: dict[str, Any]) -> dict[str, Any]:
    chosen = choose_policy(other.scenario.policies, facts)
    if chosen is None:
        return real
    name = other.scenario.policies[chosen].calendar
    calendar = None if name == ALWAYS else -1 - list(other.scenario.calendars).index(name)
    return {"policy_version": -chosen - 1, "calendar_version": calendar}


def _facts_after(facts: Facts, event: Event) -> Facts:
    match event.type:
        case "ticket.opened":
            return msgspec.structs.replace(
                facts,
                kind=event.data["kind"],
                channel=event.data["channel"],
                severity=event.data["severity"],
            )
        case "severity.raised":
            return msgspec.structs.replace(facts, severity=event.data["to"])
        case "ticket.classified":
            now = {
                name: event.data[name]["to"] for name in ("kind", "severity") if name in event.data
            }
            return msgspec.structs.replace(facts, **now)
        case _:
            return facts
