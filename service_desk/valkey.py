"""The one client of Valkey: live events, rate limits, the worker's heartbeat. None of it is truth.

Every call may fail with a RedisError, OSError or TimeoutError within half a second: the caller
then does without.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

from redis.asyncio import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ValkeyGone
from redis.retry import Retry

from service_desk.settings import get_settings

PATIENCE = 0.5  # seconds
WORKER_HEARTBEAT = "desk:worker:health"  # the key that a running worker renews


class Subscription(Protocol):
    """What we use of redis-py's, which is half typed."""

    async def subscribe(self, *channels: str) -> object: ...
    def listen(self) -> AsyncIterator[dict[str, Any]]: ...


class Valkey(Protocol):
    """What we use of redis-py's client, which is half typed."""

    async def ping(self) -> bool: ...
    async def publish(self, channel: str, message: str) -> int: ...
    async def exists(self, *names: str) -> int: ...
    async def delete(self, *names: str) -> int: ...
    async def incr(self, name: str) -> int: ...
    async def expire(self, name: str, time: int, nx: bool) -> bool: ...
    async def aclose(self) -> None: ...
    def pubsub(self) -> AbstractAsyncContextManager[Subscription]: ...


class _Running:
    client: Valkey | None = None


@asynccontextmanager
async def valkey_client(url: str | None = None) -> AsyncGenerator[Valkey]:
    """Run the process's client for the length of the block. It connects when first used."""
    client, before = connect(url), _Running.client
    _Running.client = client
    try:
        yield client
    finally:
        _Running.client = before
        await client.aclose()


def connect(url: str | None = None, patience: float | None = PATIENCE) -> Valkey:
    """A client of its own. `patience` None waits for an answer as long as it takes (pub/sub)."""
    client = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url or get_settings().redis_url or "redis://127.0.0.1:6379",
        socket_connect_timeout=PATIENCE,
        socket_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )
    return cast(Valkey, client)


def valkey() -> Valkey:
    """The client; raises redis' ConnectionError where none runs, as if Valkey were gone."""
    if _Running.client is None:
        raise ValkeyGone("valkey_client() is not running")
    return _Running.client
