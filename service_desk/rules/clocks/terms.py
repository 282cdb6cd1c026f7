"""The terms that an event applies, and what they pause."""

from collections.abc import Mapping

from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.clocks.run import ClockTerms
from service_desk.rules.policies.policies import Policy
from service_desk.rules.tickets.events import PolicyApplied
from service_desk.rules.tickets.states import WaitingFor


def terms_of(
    applied: PolicyApplied, policies: Mapping[int, Policy], calendars: Mapping[int, Calendar]
) -> ClockTerms:
    policy, calendar = applied.policy_version, applied.calendar_version
    bt = compile_calendar(None if calendar is None else calendars[calendar])
    return ClockTerms(policy, policies[policy], calendar, bt)


def pauses_resolution(waiting_for: WaitingFor | None, policy: Policy) -> bool:
    match waiting_for:
        case "customer":
            return True
        case "supplier":
            return policy.pause_on_supplier
        case "parts":
            return policy.pause_on_parts
        case None:
            return False
