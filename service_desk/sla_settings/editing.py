"""Editing policies and calendars: every edit makes a new version (DESIGN §2).

Open tickets keep what they were promised under the old version, unless the supervisor applies the
edit to them: then a rollout recomputes the tickets affected from their original start, keeping the
pauses already earned.
"""

from datetime import datetime

from service_desk.database import fetch, to_json, transaction
from service_desk.jobs import wake
from service_desk.rows import get_value, insert, list_rows, update
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.calendars.known_holidays import with_stored_holidays
from service_desk.rules.policies.policies import Policy
from service_desk.rules.policies.rollouts import (
    CalendarSaved,
    PolicyRetired,
    PolicySaved,
    RolloutSubject,
)
from service_desk.sla_settings.edit_checks import (
    check_new_calendar,
    check_new_policy,
    check_retirement,
)
from service_desk.sla_settings.queries import PolicyPlace
from service_desk.tables import CalendarVersion, PolicyVersion, SlaRollout

_LOCK_EDITING = "SELECT pg_advisory_xact_lock(hashtext('sla editing'))"


async def save_policy(
    policy: Policy,
    *,
    apply_to_open: bool,
    staff_id: int,
    now: datetime,
    based_on: int | None = None,
) -> int:
    """Save a new version of the policy of that name, in its place; a new policy is tried first.

    `based_on`: the version that was edited, 0 for a new policy; raises Conflict if another version
    was saved since. Returns the id of the new version. Raises InvalidInput.
    """
    async with transaction():
        await lock_editing()
        version, position = await check_new_policy(policy, based_on)
        await _retire(PolicyVersion, policy.name, now)
        id_: int = await insert(
            PolicyVersion,
            name=policy.name,
            version=version + 1,
            position=await _first_position() if position is None else position,
            body=to_json(policy),
            created_at=now,
            created_by=staff_id,
        )
        if apply_to_open:
            calendar = await get_value(CalendarVersion.id, name=policy.calendar, retired_at=None)
            saved = PolicySaved(policy.name, version + 1, id_, calendar)
            await request_rollout(saved, staff_id, now)
        return id_


async def retire_policy(name: str, *, apply_to_open: bool, staff_id: int, now: datetime) -> None:
    """Stop using a policy for new tickets. The one that matches every ticket cannot be retired.

    Raises NotFound, InvalidInput.
    """
    async with transaction():
        await lock_editing()
        last = await check_retirement(name)
        await _retire(PolicyVersion, name, now)
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
    """Save a new version of the calendar of that name, or a new calendar. `based_on`: as in
    save_policy.

    The public holidays given with it are stored, else those known now. Returns the id of the new
    version. Raises Conflict, InvalidInput.
    """
    async with transaction():
        await lock_editing()
        version = await check_new_calendar(name, calendar, based_on)
        await _retire(CalendarVersion, name, now)
        id_: int = await insert(
            CalendarVersion,
            name=name,
            version=version + 1,
            body=to_json(with_stored_holidays(calendar, now.date())),
            created_at=now,
            created_by=staff_id,
        )
        if apply_to_open:
            await request_rollout(CalendarSaved(name, version + 1, id_), staff_id, now)
        return id_


async def lock_editing() -> None:
    """Edits are serialized; tickets can be opened meanwhile."""
    await fetch(_LOCK_EDITING)


async def request_rollout(subject: RolloutSubject, staff_id: int, now: datetime) -> None:
    """The worker carries it out (sla_settings/rollout.py)."""
    await insert(SlaRollout, requested_by=staff_id, requested_at=now, subject=to_json(subject))
    wake("roll_out_terms", about=now)


async def _retire(
    table: type[PolicyVersion] | type[CalendarVersion], name: str, now: datetime
) -> None:
    await update(table, {table.retired_at: now}, name=name, retired_at=None)


async def _first_position() -> int:
    """Before all policies, retired ones included."""
    first = await list_rows(PolicyPlace, PolicyVersion, order_by=PolicyVersion.position, limit=1)
    return first[0].position - 1
