"""Limits on login attempts, counted in Valkey: by e-mail from one address, and by address.

A limit by e-mail alone would let anyone lock out anyone. Counting is one INCR, so a hundred
attempts at once count as a hundred. While Valkey is gone people can still log in: only the cost of
argon2 then slows attempts down.
"""

from hashlib import sha256

import structlog
from redis.exceptions import RedisError

from service_desk.errors import TooManyRequests
from service_desk.valkey import valkey

log = structlog.get_logger()

WINDOW = 15 * 60  # seconds
MAX_ATTEMPTS_PER_EMAIL = 10  # from one address
MAX_ATTEMPTS_PER_ADDRESS = 100


async def count_attempt(email: str, address: str) -> None:
    """Count one attempt. Raises TooManyRequests beyond a limit."""
    try:
        attempts = {
            MAX_ATTEMPTS_PER_EMAIL: await _count(_key("email", f"{email} {address}")),
            MAX_ATTEMPTS_PER_ADDRESS: await _count(_key("address", address)),
        }
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("login attempts are not counted: Valkey is gone", error=str(error))
        return
    if any(count > limit for limit, count in attempts.items()):
        raise TooManyRequests(
            "Too many attempts to log in. Please wait {minutes} minutes.",
            minutes=WINDOW // 60,
            retry_after=WINDOW,
        )


async def clear_attempts(email: str, address: str) -> None:
    """After a successful login: forget the attempts for that e-mail from that address."""
    try:
        await valkey().delete(_key("email", f"{email} {address}"))
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("login attempts are not counted: Valkey is gone", error=str(error))


async def _count(key: str) -> int:
    """The window starts with the first attempt; the two commands need not be atomic."""
    attempts = await valkey().incr(key)
    await valkey().expire(key, WINDOW, nx=True)
    return attempts


def _key(kind: str, subject: str) -> str:
    return f"desk:login:{kind}:{sha256(subject.encode()).hexdigest()[:32]}"
