"""Editing policies and calendars: an edit makes a new version (DESIGN §2).

What was promised under the old version stays as promised, unless the supervisor asks for the new
terms to reach the open tickets too: then a rollout recomputes them from their original start,
with the pauses they earned.
"""

from datetime import datetime

import msgspec

from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import InvalidInput
from service_desk.rules.business_time import Calendar, CalendarError, compile_calendar
from service_desk.rules.sla_policies import ALWAYS, Match, Policy, PolicyError, check_policy

LONGEST_NAME = 60


async def save_policy(policy: Policy, *, apply_to_open: bool, staff_id: int, now: datetime) -> int:
    """A new version of the policy of that name, in its place; a new name goes first in order.

    Returns the version's id. Raises InvalidInput.
    """
    _check(policy)
    async with transaction():
        await _lock()
        await _calendar_exists(policy)
        present = await fetch_one(
            "SELECT max(version) AS version, max(position) FILTER (WHERE retired_at IS NULL) "
            "AS position FROM policy_version WHERE name = $1",
            policy.name,
        )
        assert present is not None
        await _the_last_matches_all(policy, present["position"])
        await _retire("policy_version", policy.name, now)
        id_: int = await fetch_value(
            "INSERT INTO policy_version (name, version, position, body, created_at, created_by) "
            "VALUES ($1, $2, coalesce($3, (SELECT min(position) - 1 FROM policy_version)), $4, "
            "$5, $6) RETURNING id",
            policy.name,
            (present["version"] or 0) + 1,
            present["position"],
            policy,
            now,
            staff_id,
        )
        await _roll_out(apply_to_open, staff_id, now)
        return id_


async def retire_policy(name: str, *, apply_to_open: bool, staff_id: int, now: datetime) -> None:
    """No longer for new tickets. The policy that matches everything cannot be retired."""
    async with transaction():
        await _lock()
        row = await fetch_one(
            "SELECT body FROM policy_version WHERE name = $1 AND retired_at IS NULL", name
        )
        if row is None:
            raise InvalidInput("There is no policy {name} in force.", field="name", name=name)
        if msgspec.convert(row["body"], Policy, strict=False).match == Match():
            raise InvalidInput(
                "{name} matches every ticket; without it some would have no promise.",
                field="name",
                name=name,
            )
        await _retire("policy_version", name, now)
        await _roll_out(apply_to_open, staff_id, now)


async def save_calendar(
    name: str, calendar: Calendar, *, apply_to_open: bool, staff_id: int, now: datetime
) -> int:
    """A new version of the calendar of that name, or a new calendar. Returns the version's id."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME or name == ALWAYS:
        raise InvalidInput(
            "A calendar's name has 1 to {most} characters and is not “always”.",
            field="name",
            most=LONGEST_NAME,
        )
    try:
        compile_calendar(calendar)
    except CalendarError as error:
        raise InvalidInput("{reason}", field="calendar", reason=str(error)) from error
    async with transaction():
        await _lock()
        version = await fetch_value(
            "SELECT max(version) FROM calendar_version WHERE name = $1", name
        )
        await _retire("calendar_version", name, now)
        id_: int = await fetch_value(
            "INSERT INTO calendar_version (name, version, body, created_at, created_by) "
            "VALUES ($1, $2, $3, $4, $5) RETURNING id",
            name,
            (version or 0) + 1,
            calendar,
            now,
            staff_id,
        )
        await _roll_out(apply_to_open, staff_id, now)
        return id_


def _check(policy: Policy) -> None:
    try:
        check_policy(policy)
    except PolicyError as error:
        raise InvalidInput(
            "{reason}", field=str(error).partition(":")[0], reason=str(error)
        ) from error


async def _lock() -> None:
    """Edits come one after the other; new tickets go on being opened meanwhile."""
    await fetch("SELECT pg_advisory_xact_lock(hashtext('sla editing'))")


async def _calendar_exists(policy: Policy) -> None:
    known = await fetch("SELECT name FROM calendar_version WHERE retired_at IS NULL")
    names = [ALWAYS, *(row["name"] for row in known)]
    if policy.calendar not in names:
        raise InvalidInput(
            "There is no calendar {name}; there is: {names}.",
            field="calendar",
            name=policy.calendar,
            names=", ".join(names),
        )


async def _the_last_matches_all(policy: Policy, position: int | None) -> None:
    """Every ticket has a promise: the last policy in order must match anything."""
    last = await fetch_value("SELECT max(position) FROM policy_version WHERE retired_at IS NULL")
    if position == last and policy.match != Match():
        raise InvalidInput(
            "{name} is the last in order and must match every ticket; leave its conditions empty.",
            field="match",
            name=policy.name,
        )


async def _retire(table: str, name: str, now: datetime) -> None:
    await fetch(
        f"UPDATE {table} SET retired_at = $2 WHERE name = $1 AND retired_at IS NULL", name, now
    )


async def _roll_out(apply_to_open: bool, staff_id: int, now: datetime) -> None:
    if apply_to_open:
        await fetch(
            "INSERT INTO sla_rollout (requested_by, requested_at) VALUES ($1, $2)", staff_id, now
        )
