"""Who is calling, and lists of staff."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from service_desk.batching import Batcher
from service_desk.database import fetch, fetch_as, fetch_one
from service_desk.principal import ALL_SCOPES, SUPERVISOR_ROLES, Principal, allowed_scopes
from service_desk.rows import get_value, list_rows
from service_desk.staff.operations import hash_token
from service_desk.staff.schemas import StaffAccount, StaffMember
from service_desk.tables import Staff
from service_desk.tables.conditions import IS_OPEN

# By the database's clock, as sessions are made: moving the demo's signs nobody out.
# Use extends a session to 12 hours from now, at most a week in all; written once an hour at most.
PRINCIPAL_OF_SESSION = """
WITH extended AS (
    UPDATE staff_session SET expires_at =
        least(now() + interval '12 hours', created_at + interval '7 days')
    WHERE token_hash = $1 AND expires_at > now()
        AND expires_at < least(now() + interval '11 hours', created_at + interval '7 days')
)
SELECT s.id, s.email, s.name, s.role, s.locale
FROM staff_session x JOIN staff s ON s.id = x.staff
WHERE x.token_hash = $1 AND x.expires_at > now() AND s.active
"""
PRINCIPALS_OF_BEARERS = """
SELECT t.token_hash, s.id, s.email, s.name, s.role, s.locale, t.scopes
FROM api_token t JOIN staff s ON s.id = t.staff
WHERE t.token_hash = ANY($1) AND t.revoked_at IS NULL AND s.active
"""
ALL_STAFF = f"""
SELECT s.id, s.name, s.email, s.role, s.active,
    coalesce(o.open, 0) AS open_tickets, coalesce(t.tokens, 0) AS tokens
FROM staff s
    LEFT JOIN (
        SELECT assignee, count(*) AS open FROM ticket
        WHERE {IS_OPEN} GROUP BY assignee
    ) AS o ON o.assignee = s.id
    LEFT JOIN (
        SELECT staff, count(*) AS tokens FROM api_token WHERE revoked_at IS NULL GROUP BY staff
    ) AS t ON t.staff = s.id
ORDER BY s.active DESC, s.name, s.id
"""


async def principal_of_session(token: str) -> Principal | None:
    """The owner of a session that has not expired; this extends it."""
    row = await fetch_one(PRINCIPAL_OF_SESSION, hash_token(token))
    return None if row is None else _principal(row, [ALL_SCOPES])


async def principal_of_token(token: str) -> Principal | None:
    """Calls that come at the same time are looked up together."""
    return (await _bearers.submit(hash_token(token))).principal


class _Bearer(Struct, frozen=True):
    principal: Principal | None


async def _look_up(hashes: Sequence[str]) -> list[_Bearer]:
    rows = await fetch(PRINCIPALS_OF_BEARERS, hashes)
    found = {row["token_hash"]: _principal(row, row["scopes"]) for row in rows}
    return [_Bearer(found.get(hash_)) for hash_ in hashes]


_bearers = Batcher(_look_up, concurrent=1)


async def is_supervisor(staff_id: int) -> bool:
    """Whether they decide as a supervisor; administrators do, too."""
    return await get_value(Staff.role, id=staff_id) in SUPERVISOR_ROLES


async def active_staff() -> list[StaffMember]:
    """Everyone who can be given work, by name."""
    return await list_rows(StaffMember, Staff, order_by=(Staff.name, Staff.id), active=True)


async def all_staff() -> list[StaffAccount]:
    """Everyone by name, deactivated accounts last."""
    return await fetch_as(StaffAccount, ALL_STAFF)


def _principal(row: Any, scopes: list[str]) -> Principal:
    return Principal(
        staff_id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        locale=row["locale"],
        scopes=allowed_scopes(row["role"], scopes),
    )
