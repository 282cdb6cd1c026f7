"""Who is calling, and whom one can choose."""

from service_desk.database import fetch_as, fetch_one
from service_desk.principal import SCOPES_OF_ROLE, Principal, allowed_scopes
from service_desk.staff.operations import hash_token
from service_desk.staff.schemas import StaffAccount, StaffMember


async def principal_of_session(token: str) -> Principal | None:
    """Whose session that is; using it keeps it alive for another 12 hours, a week at most."""
    row = await fetch_one(
        """
        WITH kept AS (
            UPDATE staff_session SET expires_at =
                least(now() + interval '12 hours', created_at + interval '7 days')
            WHERE token_hash = $1 AND expires_at > now()
                AND expires_at < least(now() + interval '11 hours', created_at + interval '7 days')
        )
        SELECT s.id, s.email, s.name, s.role, s.locale
        FROM staff_session x JOIN staff s ON s.id = x.staff
        WHERE x.token_hash = $1 AND x.expires_at > now() AND s.active
        """,
        hash_token(token),
    )
    if row is None:
        return None
    return Principal(
        staff_id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        locale=row["locale"],
        scopes=SCOPES_OF_ROLE[row["role"]],
    )


async def principal_of_token(token: str) -> Principal | None:
    row = await fetch_one(
        "SELECT s.id, s.email, s.name, s.role, s.locale, t.scopes "
        "FROM api_token t JOIN staff s ON s.id = t.staff "
        "WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND s.active",
        hash_token(token),
    )
    if row is None:
        return None
    return Principal(
        staff_id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        locale=row["locale"],
        scopes=allowed_scopes(row["role"], row["scopes"]),
    )


async def active_staff() -> list[StaffMember]:
    """Everybody who can be given work, by name."""
    return await fetch_as(
        StaffMember, "SELECT id, name, email, role FROM staff WHERE active ORDER BY name, id"
    )


async def all_staff() -> list[StaffAccount]:
    """Everybody, those who left last."""
    return await fetch_as(
        StaffAccount,
        "SELECT s.id, s.name, s.email, s.role, s.active, coalesce(o.open, 0) AS open_tickets, "
        "coalesce(t.tokens, 0) AS tokens FROM staff s "
        "LEFT JOIN (SELECT assignee, count(*) AS open FROM ticket "
        "WHERE state NOT IN ('resolved', 'closed') GROUP BY assignee) AS o ON o.assignee = s.id "
        "LEFT JOIN (SELECT staff, count(*) AS tokens FROM api_token WHERE revoked_at IS NULL "
        "GROUP BY staff) AS t ON t.staff = s.id ORDER BY s.active DESC, s.name, s.id",
    )
