"""What an edit of a policy or calendar must satisfy; also called before its preview."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from service_desk.errors import Conflict, DeskError, InvalidInput, NotFound
from service_desk.rows import get, is_in, list_rows
from service_desk.rules.calendars.business_calendar import CalendarError, check_weekly_hours
from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.policies.policies import ALWAYS, Match, Policy, check_policy
from service_desk.rules.rule_error import RuleError
from service_desk.sla_settings.queries import calendars_in_force, policy_order
from service_desk.tables import CalendarVersion, PolicyVersion, Supplier

MAX_NAME_LENGTH = 60


class PolicyVersionPlace(msgspec.Struct, frozen=True):
    version: int
    position: int
    retired_at: datetime | None


class _Saved(msgspec.Struct, frozen=True):
    by: str | None


class CalendarVersionNumber(msgspec.Struct, frozen=True):
    version: int


class KnownSupplier(msgspec.Struct, frozen=True):
    name: str


async def check_new_policy(policy: Policy, based_on: int | None = None) -> tuple[int, int | None]:
    """Returns the number of the newest version, 0 for none, and its position, None if it is not in
    force. Raises InvalidInput, Conflict.
    """
    try:
        check_policy(policy)
    except RuleError as error:
        raise _invalid_input(error) from error
    await _check_calendar(policy)
    await _check_suppliers(policy)
    version, position = await _newest_policy_version(policy.name)
    if version == 0:
        _check_name(policy.name)
    in_force = position is not None
    if _is_older(policy.name, based_on, version, in_force=in_force):
        raise await _newer(PolicyVersion, policy.name, version)
    await _check_last_matches_all(policy, position)
    return version, position


async def check_retirement(name: str) -> int:
    """Returns the id of the version in force. Raises NotFound, InvalidInput."""
    order = await policy_order()
    place = next((place for place in order if place.name == name), None)
    if place is None:
        raise NotFound("There is no policy {policy} in force.", policy=name)
    if place == order[-1]:
        raise InvalidInput(
            "{policy} matches every ticket; without it, some tickets would have no policy.",
            field="name",
            policy=name,
        )
    return place.id


async def check_new_calendar(name: str, calendar: Calendar, based_on: int | None = None) -> int:
    """Returns the number of the newest version, 0 for none. Raises InvalidInput, Conflict."""
    if not 1 <= len(name.strip()) <= MAX_NAME_LENGTH or name == ALWAYS:
        raise InvalidInput(
            "A calendar's name must have 1 to {max} characters and must not be “always”.",
            field="name",
            max=MAX_NAME_LENGTH,
        )
    _check_name(name)
    try:
        compile_calendar(calendar)
        # Stored holidays are not looked up, so the country is checked without them.
        compile_calendar(replace(calendar, known_holidays=None))
        check_weekly_hours(calendar)
    except RuleError as error:
        raise _invalid_input(error) from error
    version = await _newest_calendar_version(name)
    if _is_older(name, based_on, version, in_force=version > 0):
        raise await _newer(CalendarVersion, name, version)
    return version


async def _newest_policy_version(name: str) -> tuple[int, int | None]:
    newest = await list_rows(
        PolicyVersionPlace,
        PolicyVersion,
        order_by=PolicyVersion.version,
        descending=True,
        limit=1,
        name=name,
    )
    if not newest:
        return 0, None
    return newest[0].version, newest[0].position if newest[0].retired_at is None else None


async def _newest_calendar_version(name: str) -> int:
    newest = await list_rows(
        CalendarVersionNumber,
        CalendarVersion,
        order_by=CalendarVersion.version,
        descending=True,
        limit=1,
        name=name,
    )
    return newest[0].version if newest else 0


async def _check_calendar(policy: Policy) -> None:
    if policy.calendar == ALWAYS:
        return
    known = {entry.name: entry.calendar for entry in await calendars_in_force()}
    if policy.calendar not in known:
        raise InvalidInput(
            "There is no calendar {name}; choose one of: {names}.",
            field="calendar",
            name=policy.calendar,
            names=", ".join([ALWAYS, *known]),
        )
    try:
        check_weekly_hours(known[policy.calendar])
    except CalendarError as error:
        raise InvalidInput(error.message, field="calendar", **error.params) from error


async def _check_suppliers(policy: Policy) -> None:
    names = policy.match.suppliers
    if not names:
        return
    found = await list_rows(KnownSupplier, Supplier, is_in(Supplier.name, names))
    unknown = set(names) - {supplier.name for supplier in found}
    if unknown:
        raise InvalidInput(
            "There is no supplier {name}.", field="match.suppliers", name=min(unknown)
        )


async def _check_last_matches_all(policy: Policy, position: int | None) -> None:
    """The last policy in order must match any ticket, so that every ticket has a policy."""
    order = await policy_order()
    last = order[-1].position if order else None
    if position == last and policy.match != Match():
        raise InvalidInput(
            "{policy} is the last in order and must match every ticket; "
            "leave its conditions empty.",
            field="match",
            policy=policy.name,
        )


def _check_name(name: str) -> None:
    """Names are parts of REST's paths, so a slash is not allowed."""
    if "/" in name or name != name.strip():
        raise InvalidInput(
            "A name must not contain a slash, or start or end with a space.", field="name"
        )


async def _newer(
    table: type[PolicyVersion] | type[CalendarVersion], name: str, version: int
) -> Conflict:
    """Names who saved the newer version."""
    columns = {"by": table.created_by.name}
    saved = await get(_Saved, table, columns=columns, name=name, version=version)
    return Conflict(
        "{by} has saved version {version} in the meantime. Review it and edit that version.",
        by=(saved and saved.by) or DeskError("somebody"),
        version=version,
    )


def _is_older(name: str, based_on: int | None, newest: int, *, in_force: bool) -> bool:
    """Whether the edit rests on a version that is not the newest. Raises InvalidInput for one that
    never was."""
    if based_on is None or based_on == newest or (based_on == 0 and not in_force):
        return False
    if newest == 0:
        raise InvalidInput(
            "There is no {name} to base this on. Give 0 to add a new one.",
            field="based_on",
            name=name,
        )
    if not 0 <= based_on < newest:
        raise InvalidInput(
            "{name} has no version {version}; the newest is version {newest}.",
            field="based_on",
            name=name,
            version=based_on,
            newest=newest,
        )
    return True


def _invalid_input(error: RuleError) -> InvalidInput:
    return InvalidInput(error.message, field=error.field, **error.params)
