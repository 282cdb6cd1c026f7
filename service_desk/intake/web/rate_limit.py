"""Rate limits of the public forms, counted in Valkey. Without Valkey there is no limit."""

from hashlib import sha256

import structlog
from msgspec import Struct
from redis.exceptions import RedisError

from service_desk.errors import TooManyRequests
from service_desk.valkey import valkey

log = structlog.get_logger()

HOUR = 3600


class RateLimit(Struct, frozen=True):
    kind: str
    per_hour: int  # for each client


async def check_rate_limit(limit: RateLimit, client: str) -> None:
    """Count one request of `client`: an address, a contact or a token. Raises TooManyRequests. The
    hour starts with the first request."""
    key = f"desk:form:{limit.kind}:{sha256(client.encode()).hexdigest()[:32]}"
    try:
        requests = await valkey().incr(key)
        await valkey().expire(key, HOUR, nx=True)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("no rate limit: Valkey is gone", error=str(error))
        return
    if requests > limit.per_hour:
        raise TooManyRequests(
            "We had {max} messages from you within an hour. Please wait a while, or text us.",
            max=limit.per_hour,
            retry_after=HOUR,
        )
