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


def under(
    other: Other, events: Sequence[Event], facts: Facts, suppliers: Mapping[int, str]
) -> list[Event]:
    """The events with the policy chosen anew wherever it was, and wherever something changed that
    the choice depends on: under other policies that may be where really nothing was chosen.

    `facts`: the tier of the ticket; what else decides is followed through its history.
    `suppliers`: names by id. While no policy of the scenario matches, the ticket is under the
    policy that it really had.
    """
    chosen: list[Event] = []
    real: dict[str, Any] | None = None
    for event in events:
        before, facts = facts, _facts_after(facts, event, suppliers)
        if event.type == "sla.policy_applied":
            real = event.data
            chosen.append(msgspec.structs.replace(event, data=_terms(other, facts, real)))
            continue
        chosen.append(event)
        if real is not None and facts != before:
            chosen.append(Event("sla.policy_applied", event.at, _terms(other, facts, real)))
    return chosen


def _terms(other: Other, facts: Facts, real: dict[str, Any]) -> dict[str, Any]:
    chosen = choose_policy(other.scenario.policies, facts)
    if chosen is None:
        return real
    name = other.scenario.policies[chosen].calendar
    calendar = None if name == ALWAYS else -1 - list(other.scenario.calendars).index(name)
    return {"policy_version": -chosen - 1, "calendar_version": calendar}


def _facts_after(facts: Facts, event: Event, suppliers: Mapping[int, str]) -> Facts:
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
