"""The file of `sla replay --policy FILE`: policies, and calendars of its own or the desk's."""

from pathlib import Path

import msgspec

from service_desk.clocks.versions import current_calendars
from service_desk.errors import InvalidInput
from service_desk.rules.calendars.business_calendar import check_weekly_hours
from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.clocks.replay import Scenario
from service_desk.rules.policies.policies import ALWAYS, Policy, PolicyError, check_policy
from service_desk.rules.rule_error import RuleError


async def read_scenario(file: Path) -> Scenario:
    """JSON or TOML. A calendar that the file only names is the desk's, in its newest version.

    Raises InvalidInput, which says what is wrong and where.
    """
    desk = await current_calendars()
    try:
        return _with_calendars(_decode(file), desk)
    except (msgspec.DecodeError, RuleError) as error:
        raise InvalidInput(
            "{file} is invalid: {reason}.",
            field="policy",
            file=file.name,
            reason=str(error).rstrip("."),
        ) from error


def _decode(file: Path) -> Scenario:
    decode = msgspec.toml.decode if file.suffix == ".toml" else msgspec.json.decode
    content: dict[str, object] = msgspec.convert(decode(file.read_bytes()), dict[str, object])
    whole = content if "policies" in content else {"policies": [content]}
    scenario = msgspec.convert(whole, Scenario, strict=False)
    if not scenario.policies:
        raise PolicyError("Give at least one policy.", field="policies")
    return scenario


def _with_calendars(scenario: Scenario, desk: dict[str, Calendar]) -> Scenario:
    for calendar in scenario.calendars.values():
        compile_calendar(calendar)
        check_weekly_hours(calendar)
    for policy in scenario.policies:
        check_policy(policy)
        _check_calendar(policy, scenario, desk)
    named = {policy.calendar for policy in scenario.policies}
    of_desk = {name: calendar for name, calendar in desk.items() if name in named}
    return msgspec.structs.replace(scenario, calendars=of_desk | scenario.calendars)


def _check_calendar(policy: Policy, scenario: Scenario, desk: dict[str, Calendar]) -> None:
    if policy.calendar not in (ALWAYS, *scenario.calendars, *desk):
        raise PolicyError(
            "{name} uses the calendar {calendar}, which neither the file nor the desk has; define "
            'it under "calendars", or use one of: {names}',
            name=policy.name,
            calendar=policy.calendar,
            names=", ".join([ALWAYS, *scenario.calendars, *desk]),
        )
