"""Editing policies and calendars: an edit makes a new version (DESIGN §2).

What was promised under the old version stays as promised, unless the supervisor asks for the new
terms to reach the open tickets too: then a rollout recomputes those that the edit is about from
their original start, with the pauses they earned.
"""

from datetime import datetime

from msgspec.structs import replace

from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.jobs import wake
from service_desk.rules.calendars.business_calendar import CalendarError, check_weekly_hours
from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.calendars.known_holidays import with_stored_holidays
from service_desk.rules.policies.policies import ALWAYS, Match, Policy, check_policy
from service_desk.rules.policies.rollouts import CalendarSaved, PolicyRetired, PolicySaved, Subject
from service_desk.rules.rule_error import RuleError
from service_desk.rules.tickets.vocabulary import CHANNELS
from service_desk.sla_settings.queries import calendars_in_force

MAX_NAME_LENGTH = 60


async def save_policy(
    policy: Policy,
    *,
    apply_to_open: bool,
    staff_id: int,
    now: datetime,
    based_on: int | None = None,
) -> int:
    """A new version of the policy of that name, in its place; a new name goes first in order.

    `based_on`: the version that was edited, 0 for a policy that is to be new; if another one was
    saved meanwhile it raises Conflict. Returns the new version's id. Raises InvalidInput.
    """
    async with transaction():
        await lock_editing()
        version, position = await check_new_policy(policy, based_on)
        await _retire("policy_version", policy.name, now)
        id_: int = await fetch_value(
            "INSERT INTO policy_version (name, version, position, body, created_at, created_by) "
            "VALUES ($1, $2, coalesce($3, (SELECT min(position) - 1 FROM policy_version)), $4, "
            "$5, $6) RETURNING id",
            policy.name,
            version + 1,
            position,
            policy,
            now,
            staff_id,
        )
        if apply_to_open:
            calendar = await fetch_value(
                "SELECT id FROM calendar_version WHERE name = $1 AND retired_at IS NULL",
                policy.calendar,
            )
            saved = PolicySaved(policy.name, version + 1, id_, calendar)
            await request_rollout(saved, staff_id, now)
        return id_


async def retire_policy(name: str, *, apply_to_open: bool, staff_id: int, now: datetime) -> None:
    """No longer for new tickets. The policy that matches everything cannot be retired.

    Raises NotFound, InvalidInput.
    """
    async with transaction():
        await lock_editing()
        last = await check_retirement(name)
        await _retire("policy_version", name, now)
        if apply_to_open:
            await request_rollout(PolicyRetired(name, last), staff_id, now)


async def save_calendar(
    name: str,
    calendar: Calendar,
    *,
    apply_to_open: bool,
    staff_id: int,
    now: datetime,
    based_on: int | None = None,
) -> int:
    """A new version of the calendar of that name, or a new calendar. `based_on`: see save_policy.

    It keeps the public holidays that it brings, else those that are known by now.
    Returns the new version's id. Raises Conflict, InvalidInput.
    """
    async with transaction():
        await lock_editing()
        version = await check_new_calendar(name, calendar, based_on)
        await _retire("calendar_version", name, now)
        id_: int = await fetch_value(
            "INSERT INTO calendar_version (name, version, body, created_at, created_by) "
            "VALUES ($1, $2, $3, $4, $5) RETURNING id",
            name,
            version + 1,
            with_stored_holidays(calendar, now.date()),
            now,
            staff_id,
        )
        if apply_to_open:
            await request_rollout(CalendarSaved(name, version + 1, id_), staff_id, now)
        return id_


async def check_new_policy(policy: Policy, based_on: int | None = None) -> tuple[int, int | None]:
    """What saving would refuse, before there is anything to save. Raises InvalidInput, Conflict.

    Returns the newest version so far, 0 for none, and its place in order, None if not in force.
    """
    try:
        check_policy(policy)
    except RuleError as error:
        raise _invalid_input(error) from error
    _check_channels(policy)
    await _check_calendar(policy)
    await _check_suppliers(policy)
    present = await fetch_one(
        "SELECT coalesce(max(version), 0) AS version, "
        "max(position) FILTER (WHERE retired_at IS NULL) AS position "
        "FROM policy_version WHERE name = $1",
        policy.name,
    )
    assert present is not None
    version, position = present["version"], present["position"]
    if version == 0:
        _check_name(policy.name)
    _check_based_on(policy.name, based_on, version, in_force=position is not None)
    await _check_last_matches_all(policy, position)
    return version, position


async def check_retirement(name: str) -> int:
    """The id of the version that is in force. Raises NotFound, InvalidInput."""
    row = await fetch_one(
        "SELECT id, position = (SELECT max(position) FROM policy_version "
        "WHERE retired_at IS NULL) AS last FROM policy_version "
        "WHERE name = $1 AND retired_at IS NULL",
        name,
    )
    if row is None:
        raise NotFound("There is no policy {policy} in force.", policy=name)
    if row["last"]:
        raise InvalidInput(
            "{policy} matches every ticket; without it some would have no promise.",
            field="name",
            policy=name,
        )
    return row["id"]


async def check_new_calendar(name: str, calendar: Calendar, based_on: int | None = None) -> int:
    """As check_new_policy. Returns the newest version so far, 0 for none."""
    if not 1 <= len(name.strip()) <= MAX_NAME_LENGTH or name == ALWAYS:
        raise InvalidInput(
            "A calendar's name has 1 to {max} characters and is not “always”.",
            field="name",
            max=MAX_NAME_LENGTH,
        )
    _check_name(name)
    try:
        compile_calendar(calendar)
        compile_calendar(replace(calendar, known_holidays=None))  # is it a country?
        check_weekly_hours(calendar)
    except RuleError as error:
        raise _invalid_input(error) from error
    version: int = await fetch_value(
        "SELECT coalesce(max(version), 0) FROM calendar_version WHERE name = $1", name
    )
    _check_based_on(name, based_on, version, in_force=version > 0)
    return version


def _invalid_input(error: RuleError) -> InvalidInput:
    return InvalidInput(error.message, field=error.field, **error.params)


def _check_name(name: str) -> None:
    """A name is a part of REST's addresses, where a slash would part it."""
    if "/" in name or name != name.strip():
        raise InvalidInput("A name has no slash in it, and no blanks around it.", field="name")


def _check_based_on(name: str, based_on: int | None, newest: int, *, in_force: bool) -> None:
    if based_on is None or based_on == newest or (based_on == 0 and not in_force):
        return
    if newest == 0:
        raise InvalidInput(
            "There is no {name} that this could be based on. Say 0 to add a new one.",
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
    raise Conflict(
        "Meanwhile somebody saved version {version}. Look at it, and edit that one.",
        version=newest,
    )


async def lock_editing() -> None:
    """Edits come one after the other; new tickets go on being opened meanwhile."""
    await fetch("SELECT pg_advisory_xact_lock(hashtext('sla editing'))")


async def _check_calendar(policy: Policy) -> None:
    if policy.calendar == ALWAYS:
        return
    known = {entry.name: entry.calendar for entry in await calendars_in_force()}
    if policy.calendar not in known:
        raise InvalidInput(
            "There is no calendar {name}; there is: {names}.",
            field="calendar",
            name=policy.calendar,
            names=", ".join([ALWAYS, *known]),
        )
    try:
        check_weekly_hours(known[policy.calendar])
    except CalendarError as error:
        raise InvalidInput(error.message, field="calendar", **error.params) from error


def _check_channels(policy: Policy) -> None:
    unknown = [channel for channel in policy.match.channels if channel not in CHANNELS]
    if unknown:
        raise InvalidInput(
            "'{value}' is not known; allowed: {choices}.",
            field="match.channels",
            value=unknown[0],
            choices=", ".join(CHANNELS),
        )


async def _check_suppliers(policy: Policy) -> None:
    wanted = list(policy.match.suppliers)
    known = await fetch("SELECT name FROM supplier WHERE name = ANY($1)", wanted)
    unknown = set(wanted) - {row["name"] for row in known}
    if unknown:
        raise InvalidInput(
            "There is no supplier {name}.", field="match.suppliers", name=min(unknown)
        )


async def _check_last_matches_all(policy: Policy, position: int | None) -> None:
    """Every ticket has a promise: the last policy in order must match anything."""
    last = await fetch_value("SELECT max(position) FROM policy_version WHERE retired_at IS NULL")
    if position == last and policy.match != Match():
        raise InvalidInput(
            "{policy} is the last in order and must match every ticket; "
            "leave its conditions empty.",
            field="match",
            policy=policy.name,
        )


async def _retire(table: str, name: str, now: datetime) -> None:
    await fetch(
        f"UPDATE {table} SET retired_at = $2 WHERE name = $1 AND retired_at IS NULL", name, now
    )


async def request_rollout(subject: Subject, staff_id: int, now: datetime) -> None:
    """The worker carries it out (sla_settings/rollout.py)."""
    await fetch(
        "INSERT INTO sla_rollout (requested_by, requested_at, subject) VALUES ($1, $2, $3)",
        staff_id,
        now,
        subject,
    )
    wake("roll_out_terms", about=now)
