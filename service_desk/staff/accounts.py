"""Passwords, tokens and roles of staff, and those who leave.

Everything here takes effect at once: sessions and tokens are looked up on every call.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.principal import ROLES
from service_desk.rows import count, delete_counted, get, get_value, not_in, update, update_counted
from service_desk.rules.tickets.states import ENDED
from service_desk.staff.operations import check_password, hash_token
from service_desk.staff.passwords import hash_password
from service_desk.tables import ApiToken, Staff, StaffSession, Ticket

LOCK_ADMINS = "SELECT id FROM staff WHERE role = 'admin' AND active ORDER BY id FOR NO KEY UPDATE"


class _StaffId(Struct, frozen=True):
    id: int


async def set_password(email: str, password: str) -> int:
    """Set a new password and end every session; returns how many sessions ended.

    Tokens stay valid: they do not depend on the password. Raises InvalidInput, or NotFound.
    """
    check_password(password)
    new_hash = await hash_password(password)
    async with transaction():
        staff_id = await _lock_staff(email)
        await update(Staff, {Staff.password_hash: new_hash}, id=staff_id)
        return await _end_sessions(staff_id)


async def deactivate(email: str, *, now: datetime) -> int:
    """Block login, and end all sessions and tokens of this person; their history stays.

    Returns how many open tickets are still assigned to them. Raises NotFound, or Conflict for the
    last admin.
    """
    async with transaction():
        admins = await _lock_admins()
        staff_id = await _lock_staff(email)
        _require_another_admin(admins, staff_id)
        await update(Staff, {Staff.active: False, Staff.takes_calls: False}, id=staff_id)
        await _end_sessions(staff_id)
        await _revoke_tokens(staff_id, now)
        return await count(Ticket, not_in(Ticket.state, ENDED), assignee=staff_id)


async def activate(email: str) -> None:
    """Allow login again, with the old password. Revoked tokens stay revoked."""
    async with transaction():
        await update(Staff, {Staff.active: True}, id=await _lock_staff(email))


async def change_role(email: str, role: str) -> None:
    """Takes effect for sessions that are open, too. Raises Conflict for the last admin."""
    if role not in ROLES:
        raise InvalidInput("A role is one of: {roles}.", field="role", roles=", ".join(ROLES))
    async with transaction():
        admins = await _lock_admins()
        staff_id = await _lock_staff(email)
        if role != "admin":
            _require_another_admin(admins, staff_id)
        await update(Staff, {Staff.role: role}, id=staff_id)


async def role_of(staff_id: int) -> str:
    return await get_value(Staff.role, id=staff_id)


async def revoke_token(token: str, *, now: datetime) -> None:
    """Raises NotFound if the token is unknown or already revoked."""
    revoked = await update_counted(
        ApiToken,
        {ApiToken.revoked_at: now},
        token_hash=hash_token(token.strip()),
        revoked_at=None,
    )
    if not revoked:
        raise NotFound("There is no such token, or it has already been revoked.")


async def revoke_tokens(email: str, *, now: datetime) -> int:
    """Revoke all tokens of a person; returns how many."""
    async with transaction():
        return await _revoke_tokens(await _lock_staff(email), now)


async def _lock_staff(email: str) -> int:
    email = email.strip().lower()
    found = await get(_StaffId, Staff, lock=True, email=email)
    if found is None:
        raise NotFound("Nobody has the e-mail address {email}.", email=email)
    return found.id


async def _lock_admins() -> list[int]:
    """All active admins, locked in one order and before anybody else.

    So two admins who deactivate each other at once do not deadlock, and the second one finds that
    they are the last.
    """
    return [row["id"] for row in await fetch(LOCK_ADMINS)]


def _require_another_admin(admins: Sequence[int], staff_id: int) -> None:
    if admins == [staff_id]:
        raise Conflict("This is the only administrator. Make someone else an administrator first.")


async def _end_sessions(staff_id: int) -> int:
    return await delete_counted(StaffSession, staff=staff_id)


async def _revoke_tokens(staff_id: int, now: datetime) -> int:
    return await update_counted(
        ApiToken, {ApiToken.revoked_at: now}, staff=staff_id, revoked_at=None
    )
