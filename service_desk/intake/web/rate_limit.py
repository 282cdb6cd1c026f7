"""How often strangers may fill in forms: counted in Valkey. If it is gone, everybody may."""

from hashlib import sha256

import structlog
from msgspec import Struct
from redis.exceptions import RedisError

from service_desk.errors import TooManyRequests
from service_desk.valkey import valkey

log = structlog.get_logger()

HOUR = 3600


class RateLimit(Struct, frozen=True):
    """`most` times an hour for one and the same `kind` and whoever it is."""

    kind: str
    most: int


async def check_rate_limit(limit: RateLimit, who: str) -> None:
    """One time more. Raises TooManyRequests. The hour starts with the first time."""
    key = f"desk:form:{limit.kind}:{sha256(who.encode()).hexdigest()[:32]}"
    try:
        times = await valkey().incr(key)
        await valkey().expire(key, HOUR, nx=True)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("forms are not counted: Valkey is gone", error=str(error))
        return
    if times > limit.most:
        raise TooManyRequests(
            "We had {most} messages from you within an hour. Please wait a while, or text us.",
            most=limit.most,
            retry_after=HOUR,
        )
