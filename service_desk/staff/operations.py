"""Who works here: make staff, sign them in and out, give them tokens."""

import re
import secrets
from datetime import datetime
from hashlib import sha256

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.i18n.translate import LOCALES
from service_desk.principal import ALL_SCOPES, ROLES, SCOPES_OF_ROLE
from service_desk.staff.attempts import clear_attempts, count_attempt
from service_desk.staff.passwords import hash_password, verify_password

PASSWORD_LENGTH = (8, 1000)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")


async def create_staff(
    *, email: str, name: str, role: str, password: str, locale: str, now: datetime
) -> int:
    """A new member of staff, by id. Raises InvalidInput, or Conflict if the e-mail is taken."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise InvalidInput("{email} is no e-mail address.", field="email", email=email)
    if not name.strip() or len(name) > 100:
        raise InvalidInput("A name has 1 to 100 characters.", field="name")
    if role not in ROLES:
        allowed = ", ".join(ROLES)
        raise InvalidInput("A role is one of: {roles}.", field="role", roles=allowed)
    if locale not in LOCALES:
        raise InvalidInput("A language is one of: en, zh.", field="locale")
    check_password(password)
    made = await fetch_value(
        "INSERT INTO staff (email, name, role, locale, password_hash, active, created_at) "
        "VALUES ($1, $2, $3, $4, $5, true, $6) ON CONFLICT (email) DO NOTHING RETURNING id",
        *(email, name.strip(), role, locale, await hash_password(password), now),
    )
    if made is None:
        raise Conflict("There is already somebody with the e-mail {email}.", email=email)
    return made


def check_password(password: str) -> None:
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        raise InvalidInput(
            "A password has {shortest} to {longest} characters.",
            field="password",
            shortest=shortest,
            longest=longest,
        )


async def log_in(email: str, password: str, *, address: str, now: datetime) -> str | None:
    """A session token for the cookie, or None: unknown, wrong and inactive take the same time.

    Raises TooManyRequests when that e-mail or address has tried too often.
    """
    email = email.strip().lower()
    await count_attempt(email, address)
    row = await fetch_one("SELECT id, password_hash FROM staff WHERE email = $1 AND active", email)
    known = await verify_password(password, None if row is None else row["password_hash"])
    if row is None or not known:
        return None
    await clear_attempts(email, address)
    token = secrets.token_urlsafe(32)
    await fetch(
        # Sessions live by the wall's time, not the demo's: moving that on signs nobody out.
        "INSERT INTO staff_session (token_hash, staff, created_at, expires_at) "
        "VALUES ($1, $2, now(), now() + interval '12 hours')",
        *(hash_token(token), row["id"]),
    )
    return token


async def log_out(token: str) -> None:
    """End the session of that cookie, and sweep out those that ended by themselves."""
    await fetch(
        "DELETE FROM staff_session WHERE token_hash = $1 OR expires_at < now()", hash_token(token)
    )


async def choose_locale(staff_id: int, locale: str) -> None:
    await fetch("UPDATE staff SET locale = $2 WHERE id = $1", staff_id, locale)


async def create_token(email: str, scopes: list[str], *, now: datetime) -> str:
    """A bearer token, shown this once. Raises NotFound, or InvalidInput if the role is too low."""
    email = email.strip().lower()
    row = await fetch_one("SELECT id, role FROM staff WHERE email = $1 AND active", email)
    if row is None:
        raise NotFound("There is nobody with the e-mail {email}.", email=email)
    allowed = SCOPES_OF_ROLE[row["role"]]
    beyond = [scope for scope in scopes if scope != ALL_SCOPES and scope not in allowed]
    if beyond or not scopes:
        raise InvalidInput(
            "{scopes} cannot be given to the role {role}. Allowed: all, {allowed}.",
            field="scopes",
            scopes=", ".join(beyond) or "–",
            role=row["role"],
            allowed=", ".join(sorted(allowed)),
        )
    token = f"desk_{secrets.token_urlsafe(32)}"
    await fetch(
        "INSERT INTO api_token (token_hash, staff, scopes, created_at) VALUES ($1, $2, $3, $4)",
        *(hash_token(token), row["id"], list(dict.fromkeys(scopes)), now),
    )
    return token


def hash_token(token: str) -> str:
    """Tokens are random and long: a plain hash keeps them safe at rest, and is fast to look up."""
    return sha256(token.encode()).hexdigest()
