"""Reads of policies, calendars and rollouts."""

from datetime import datetime
from typing import Any

import msgspec

from service_desk.database import fetch_as
from service_desk.errors import NotFound
from service_desk.rows import Condition, OrderBy, list_rows
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import Policy
from service_desk.sla_settings.schemas import (
    CalendarVersionView,
    PolicyVersionView,
    RolloutView,
)
from service_desk.tables import CalendarVersion, PolicyVersion
from service_desk.tables.conditions import IS_OPEN

ROLLOUTS_SHOWN = 5

_ROLLOUT_VIEWS = f"""
    WITH shown AS ({{shown}})
    SELECT r.id, r.subject->>'type' AS what, r.subject->>'name' AS name,
        (r.subject->>'version')::int AS version, r.subject->>'swapped_with' AS swapped_with,
        s.name AS requested_by, r.requested_at, r.finished_at, r.changed,
        open.processed, open.remaining
    FROM shown r LEFT JOIN staff s ON s.id = r.requested_by
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE id <= r.last_ticket) AS processed,
                count(*) FILTER (WHERE id > r.last_ticket AND r.finished_at IS NULL) AS remaining
            FROM ticket WHERE {IS_OPEN}
        ) open
    ORDER BY r.id DESC
"""
_LATEST_ROLLOUTS = _ROLLOUT_VIEWS.format(
    shown="SELECT * FROM sla_rollout WHERE finished_at IS NULL "
    "UNION (SELECT * FROM sla_rollout ORDER BY id DESC LIMIT $1)"
)
_ROLLOUTS_BEFORE = _ROLLOUT_VIEWS.format(
    shown="SELECT * FROM sla_rollout WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2"
)


class StoredVersion(msgspec.Struct, frozen=True):
    """A row of calendar_version; `created_by`: the name of a member of staff. `body` is converted
    by the views: its numbers as keys are text in JSON, which rows, being strict, do not read."""

    id: int
    name: str
    version: int
    body: dict[str, Any]
    created_at: datetime
    created_by: str | None
    retired_at: datetime | None


class StoredPolicyVersion(StoredVersion, frozen=True):
    """A row of policy_version."""

    position: int


class PolicyPlace(msgspec.Struct, frozen=True):
    """A policy in force and its place in the order in which policies are tried."""

    id: int
    name: str
    position: int


async def policies_in_force() -> list[PolicyVersionView]:
    """In the order in which they are tried."""
    rows = await stored_policies(order_by=PolicyVersion.position, retired_at=None)
    return [policy_view(row) for row in rows]


async def policy_order() -> list[PolicyPlace]:
    """The policies in force, in the order in which they are tried."""
    return await list_rows(
        PolicyPlace, PolicyVersion, order_by=PolicyVersion.position, retired_at=None
    )


async def policy_versions(name: str) -> list[PolicyVersionView]:
    """The newest first. Raises NotFound."""
    rows = await stored_policies(order_by=PolicyVersion.version, descending=True, name=name)
    if not rows:
        raise NotFound("There is no policy {policy}.", policy=name)
    return [policy_view(row) for row in rows]


async def calendars_in_force() -> list[CalendarVersionView]:
    """By name."""
    return await calendar_views(order_by=CalendarVersion.name, retired_at=None)


async def calendar_versions(name: str) -> list[CalendarVersionView]:
    """The newest first. Raises NotFound."""
    found = await calendar_views(order_by=CalendarVersion.version, descending=True, name=name)
    if not found:
        raise NotFound("There is no calendar {name}.", name=name)
    return found


async def latest_rollouts() -> list[RolloutView]:
    """The newest first; unfinished ones are included, however old."""
    return await fetch_as(RolloutView, _LATEST_ROLLOUTS, ROLLOUTS_SHOWN)


async def rollouts_before(id_: int | None, limit: int) -> list[RolloutView]:
    """The newest first. `id_`: only those requested before that one."""
    return await fetch_as(RolloutView, _ROLLOUTS_BEFORE, id_, limit)


async def stored_policies(
    *conditions: Condition,
    order_by: OrderBy,
    descending: bool = False,
    limit: int | None = None,
    **equal: Any,
) -> list[StoredPolicyVersion]:
    return await list_rows(
        StoredPolicyVersion,
        PolicyVersion,
        *conditions,
        columns={"created_by": PolicyVersion.created_by.name},
        order_by=order_by,
        descending=descending,
        limit=limit,
        **equal,
    )


def policy_view(row: StoredPolicyVersion) -> PolicyVersionView:
    return PolicyVersionView(
        id=row.id,
        name=row.name,
        version=row.version,
        policy=msgspec.convert(row.body, Policy, strict=False),
        created_at=row.created_at,
        created_by=row.created_by,
        retired_at=row.retired_at,
    )


async def calendar_views(
    *conditions: Condition,
    order_by: OrderBy,
    descending: bool = False,
    limit: int | None = None,
    **equal: Any,
) -> list[CalendarVersionView]:
    rows = await list_rows(
        StoredVersion,
        CalendarVersion,
        *conditions,
        columns={"created_by": CalendarVersion.created_by.name},
        order_by=order_by,
        descending=descending,
        limit=limit,
        **equal,
    )
    return [
        CalendarVersionView(
            id=row.id,
            name=row.name,
            version=row.version,
            calendar=msgspec.convert(row.body, Calendar, strict=False),
            created_at=row.created_at,
            created_by=row.created_by,
            retired_at=row.retired_at,
        )
        for row in rows
    ]
