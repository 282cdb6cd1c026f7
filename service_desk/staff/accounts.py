"""Who may still come in: passwords, tokens, roles, and those who leave.

What ends, ends at once: sessions and tokens are looked up on every call.
"""

from collections.abc import Sequence
from datetime import datetime

from service_desk.database import fetch, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.principal import ROLES
from service_desk.staff.operations import check_password, hash_token
from service_desk.staff.passwords import hash_password


async def set_password(email: str, password: str) -> int:
    """A new password; every session under the old one is over. Returns how many those were.

    Tokens stay: they were not made with the password. Raises InvalidInput, or NotFound.
    """
    check_password(password)
    new_hash = await hash_password(password)
    async with transaction():
        person = await _lock_staff(email)
        await fetch("UPDATE staff SET password_hash = $2 WHERE id = $1", person, new_hash)
        return await _end_sessions(person)


async def deactivate(email: str, *, now: datetime) -> int:
    """No log-in, session or token of this person works any more; their history stays.

    Returns how many open tickets are still assigned to them. Raises NotFound, or Conflict for the
    last admin.
    """
    async with transaction():
        admins = await _lock_admins()
        person = await _lock_staff(email)
        _require_another_admin(admins, person)
        await fetch("UPDATE staff SET active = false, takes_calls = false WHERE id = $1", person)
        await _end_sessions(person)
        await _revoke_tokens(person, now)
        return await fetch_value(
            "SELECT count(*) FROM ticket WHERE assignee = $1 "
            "AND state NOT IN ('resolved', 'closed')",
            person,
        )


async def activate(email: str) -> None:
    """They can log in again with their password; tokens are to be made anew."""
    async with transaction():
        await fetch("UPDATE staff SET active = true WHERE id = $1", await _lock_staff(email))


async def change_role(email: str, role: str) -> None:
    """From now on, also for those who are signed in. Conflict for the last admin."""
    if role not in ROLES:
        raise InvalidInput("A role is one of: {roles}.", field="role", roles=", ".join(ROLES))
    async with transaction():
        admins = await _lock_admins()
        person = await _lock_staff(email)
        if role != "admin":
            _require_another_admin(admins, person)
        await fetch("UPDATE staff SET role = $2 WHERE id = $1", person, role)


async def revoke_token(token: str, *, now: datetime) -> None:
    """Raises NotFound for one that is unknown, or revoked already."""
    revoked = await fetch_value(
        "UPDATE api_token SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL "
        "RETURNING true",
        hash_token(token.strip()),
        now,
    )
    if not revoked:
        raise NotFound("There is no such token, or it is revoked already.")


async def revoke_tokens(email: str, *, now: datetime) -> int:
    """All tokens of one person; returns how many those were."""
    async with transaction():
        return await _revoke_tokens(await _lock_staff(email), now)


async def _lock_staff(email: str) -> int:
    email = email.strip().lower()
    person = await fetch_value("SELECT id FROM staff WHERE email = $1 FOR NO KEY UPDATE", email)
    if person is None:
        raise NotFound("There is nobody with the e-mail {email}.", email=email)
    return person


async def _lock_admins() -> list[int]:
    """Before anybody else is locked: two who send each other away at once do not wait in a circle,
    and the second finds that they are the last."""
    admins = await fetch(
        "SELECT id FROM staff WHERE role = 'admin' AND active ORDER BY id FOR NO KEY UPDATE"
    )
    return [row["id"] for row in admins]


def _require_another_admin(admins: Sequence[int], person: int) -> None:
    if admins == [person]:
        raise Conflict("This is the only admin. Make somebody else an admin first.")


async def _end_sessions(person: int) -> int:
    return len(await fetch("DELETE FROM staff_session WHERE staff = $1 RETURNING staff", person))


async def _revoke_tokens(person: int, now: datetime) -> int:
    revoked = await fetch(
        "UPDATE api_token SET revoked_at = $2 WHERE staff = $1 AND revoked_at IS NULL "
        "RETURNING staff",
        person,
        now,
    )
    return len(revoked)
