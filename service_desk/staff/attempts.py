"""How often somebody may try to log in: counted in Valkey, by e-mail from one address, and by
address alone. By e-mail alone anybody could lock out whomever they like.

Counting is one INCR, so that a hundred tries at once count a hundred. If Valkey is gone people can
still log in: argon2's slowness is then the brake that is left.
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
    """Raises TooManyRequests; a successful log-in forgets those of its e-mail from there."""
    try:
        tries = {
            MAX_ATTEMPTS_PER_EMAIL: await _count(_key("email", f"{email} {address}")),
            MAX_ATTEMPTS_PER_ADDRESS: await _count(_key("address", address)),
        }
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("log-ins are not counted: Valkey is gone", error=str(error))
        return
    if any(tried > most for most, tried in tries.items()):
        raise TooManyRequests(
            "Too many attempts to log in. Please wait {minutes} minutes.",
            minutes=WINDOW // 60,
            retry_after=WINDOW,
        )


async def clear_attempts(email: str, address: str) -> None:
    try:
        await valkey().delete(_key("email", f"{email} {address}"))
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("log-ins are not counted: Valkey is gone", error=str(error))


async def _count(key: str) -> int:
    """The window starts with the first try; the two commands need not be one."""
    tries = await valkey().incr(key)
    await valkey().expire(key, WINDOW, nx=True)
    return tries


def _key(kind: str, who: str) -> str:
    return f"desk:login:{kind}:{sha256(who.encode()).hexdigest()[:32]}"
