"""Create staff, log them in and out, issue API tokens."""

import secrets
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from service_desk.contacts.email_addresses import to_email
from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.principal import ALL_SCOPES, ROLES, SCOPES_OF_ROLE, Role
from service_desk.rows import get, insert, update
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.rules.words.plain_text import is_blank
from service_desk.staff.login_attempts import clear_attempts, count_attempt
from service_desk.staff.passwords import hash_password, verify_password
from service_desk.tables import ApiToken, Staff

PASSWORD_LENGTH = (8, 1000)

INSERT_STAFF = """
INSERT INTO staff (email, name, role, locale, password_hash, active, created_at)
VALUES ($1, $2, $3, $4, $5, true, $6)
ON CONFLICT (email) DO NOTHING
RETURNING id
"""

# Sessions use the database's clock, not the demo clock: moving that forward logs nobody out.
START_SESSION = """
INSERT INTO staff_session (token_hash, staff, created_at, expires_at)
VALUES ($1, $2, now(), now() + interval '12 hours')
"""
END_SESSIONS = "DELETE FROM staff_session WHERE token_hash = $1 OR expires_at < now()"


class _Credentials(Struct, frozen=True):
    id: int
    password_hash: str


class _TokenOwner(Struct, frozen=True):
    id: int
    role: Role


async def create_staff(
    *, email: str, name: str, role: str, password: str, locale: str, now: datetime
) -> int:
    """A new member of staff; returns the id. Raises InvalidInput, or Conflict if the e-mail is
    taken."""
    check_password(password)
    password_hash = await hash_password(password)
    return await create_staff_with_hash(
        email=email, name=name, role=role, password_hash=password_hash, locale=locale, now=now
    )


async def create_staff_with_hash(
    *, email: str, name: str, role: str, password_hash: str, locale: str, now: datetime
) -> int:
    """The same with what `hash_password` made of a password: several people may share one."""
    email = to_email(email)
    if is_blank(name) or len(name) > 100:
        raise InvalidInput("A name has 1 to 100 characters.", field="name")
    if role not in ROLES:
        raise InvalidInput("A role is one of: {roles}.", field="role", roles=", ".join(ROLES))
    if locale not in LOCALES:
        raise InvalidInput("A language is one of: en, zh.", field="locale")
    staff_id = await fetch_value(
        INSERT_STAFF, email, name.strip(), role, locale, password_hash, now
    )
    if staff_id is None:
        raise Conflict("Someone already has the e-mail address {email}.", email=email)
    return staff_id


def check_password(password: str) -> None:
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        raise InvalidInput(
            "A password has {shortest} to {longest} characters.",
            field="password",
            shortest=shortest,
            longest=longest,
        )


async def log_in(email: str, password: str, *, address: str) -> str | None:
    """A session token for the cookie, or None: an unknown e-mail, a wrong password and a
    deactivated account take the same time.

    Raises TooManyRequests after too many attempts for that e-mail or from that address.
    """
    email = email.strip().lower()
    await count_attempt(email, address)
    found = await get(_Credentials, Staff, email=email, active=True)
    correct = await verify_password(password, None if found is None else found.password_hash)
    if found is None or not correct:
        return None
    await clear_attempts(email, address)
    token = secrets.token_urlsafe(32)
    await fetch(START_SESSION, hash_token(token), found.id)
    return token


async def log_out(token: str) -> None:
    """End the session of that cookie, and delete the sessions that have expired."""
    await fetch(END_SESSIONS, hash_token(token))


async def choose_locale(staff_id: int, locale: Locale) -> None:
    await update(Staff, {Staff.locale: locale}, id=staff_id)


async def create_token(email: str, scopes: list[str], *, now: datetime) -> str:
    """A new bearer token; only its hash is stored. Raises NotFound, or InvalidInput for scopes that
    the owner's role does not have."""
    email = email.strip().lower()
    owner = await get(_TokenOwner, Staff, email=email, active=True)
    if owner is None:
        raise NotFound("Nobody has the e-mail address {email}.", email=email)
    _check_scopes(scopes, owner.role)
    token = f"desk_{secrets.token_urlsafe(32)}"
    await insert(
        ApiToken,
        token_hash=hash_token(token),
        staff=owner.id,
        scopes=list(dict.fromkeys(scopes)),
        created_at=now,
    )
    return token


def _check_scopes(scopes: list[str], role: Role) -> None:
    allowed = SCOPES_OF_ROLE[role]
    refused = [scope for scope in scopes if scope != ALL_SCOPES and scope not in allowed]
    if refused or not scopes:
        raise InvalidInput(
            "{scopes} cannot be given to the role {role}. Allowed: all, {allowed}.",
            field="scopes",
            scopes=", ".join(refused) or "–",
            role=role,
            allowed=", ".join(sorted(allowed)),
        )


def hash_token(token: str) -> str:
    """Tokens are long and random, so a plain hash protects them at rest, and is quick to look
    up."""
    return sha256(token.encode()).hexdigest()
