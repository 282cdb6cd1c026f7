"""Reads of policies, calendars and rollouts."""

from typing import Any

import msgspec

from service_desk.database import fetch, fetch_as
from service_desk.errors import NotFound
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import Policy
from service_desk.sla_settings.schemas import (
    CalendarVersionView,
    PolicyVersionView,
    RolloutView,
    Version,
)

ROLLOUTS_SHOWN = 5


async def policies_in_force() -> list[PolicyVersionView]:
    """In the order in which they are tried."""
    return await read_policies("v.retired_at IS NULL ORDER BY v.position")


async def policy_versions(name: str) -> list[PolicyVersionView]:
    """The newest first. Raises NotFound."""
    found = await read_policies("v.name = $1 ORDER BY v.version DESC", name)
    if not found:
        raise NotFound("There is no policy {policy}.", policy=name)
    return found


async def calendars_in_force() -> list[CalendarVersionView]:
    return await read_calendars("v.retired_at IS NULL ORDER BY v.name")


async def calendar_versions(name: str) -> list[CalendarVersionView]:
    """The newest first. Raises NotFound."""
    found = await read_calendars("v.name = $1 ORDER BY v.version DESC", name)
    if not found:
        raise NotFound("There is no calendar {name}.", name=name)
    return found


async def latest_rollouts() -> list[RolloutView]:
    """The newest first; an unfinished one is among them, however old."""
    return await rollout_views(
        "SELECT * FROM sla_rollout WHERE finished_at IS NULL UNION "
        f"(SELECT * FROM sla_rollout ORDER BY id DESC LIMIT {ROLLOUTS_SHOWN})"
    )


async def rollout_views(shown: str, *args: object) -> list[RolloutView]:
    """Those rows of sla_rollout, the newest first."""
    return await fetch_as(
        RolloutView,
        f"WITH shown AS ({shown}) "
        "SELECT r.id, r.subject->>'type' AS what, r.subject->>'name' AS name, "
        "(r.subject->>'version')::int AS version, r.subject->>'past' AS swapped_with, "
        "s.name AS requested_by, r.requested_at, r.finished_at, r.changed, "
        "open.processed, open.remaining FROM shown r LEFT JOIN staff s ON s.id = r.requested_by "
        "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE id <= r.last_ticket) AS processed, "
        "count(*) FILTER (WHERE id > r.last_ticket AND r.finished_at IS NULL) AS remaining "
        "FROM ticket WHERE state NOT IN ('resolved', 'closed')) open ORDER BY r.id DESC",
        *args,
    )


class Labels(msgspec.Struct, frozen=True):
    """What version ids stand for."""

    policies: dict[int, Version]
    calendars: dict[int, Version]

    def calendar(self, id_: int | None) -> Version | None:
        return None if id_ is None else self.calendars[id_]


async def version_labels(policies: set[int], calendars: set[int]) -> Labels:
    rows = await fetch(
        "SELECT 'policy' AS of, id, name, version FROM policy_version WHERE id = ANY($1) "
        "UNION ALL SELECT 'calendar', id, name, version FROM calendar_version WHERE id = ANY($2)",
        list(policies),
        list(calendars),
    )
    labels = Labels({}, {})
    for row in rows:
        kind = labels.policies if row["of"] == "policy" else labels.calendars
        kind[row["id"]] = Version(row["id"], row["name"], row["version"])
    return labels


_VERSIONS = (
    "SELECT v.id, v.name, v.version, v.body, v.created_at, v.retired_at, s.name AS created_by "
    "FROM {table} v LEFT JOIN staff s ON s.id = v.created_by WHERE {where}"
)


async def read_policies(where: str, *args: object) -> list[PolicyVersionView]:
    rows = await fetch(_VERSIONS.format(table="policy_version", where=where), *args)
    return [PolicyVersionView(policy=_read(row, Policy), **_about(row)) for row in rows]


async def read_calendars(where: str, *args: object) -> list[CalendarVersionView]:
    rows = await fetch(_VERSIONS.format(table="calendar_version", where=where), *args)
    return [CalendarVersionView(calendar=_read(row, Calendar), **_about(row)) for row in rows]


def _about(row: Any) -> dict[str, Any]:
    names = ("id", "name", "version", "created_at", "created_by", "retired_at")
    return {name: row[name] for name in names}


def _read(row: Any, shape: type[Any]) -> Any:
    return msgspec.convert(row["body"], shape, strict=False)
