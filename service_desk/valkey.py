"""The one client of Valkey: live events, rate limits, the worker's heartbeat. None of it is truth.

Every call may fail with a RedisError, OSError or TimeoutError within half a second: the caller
then does without.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

from redis.asyncio import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.retry import Retry

from service_desk.settings import get_settings

TIMEOUT_SECONDS = 0.5  # seconds
WORKER_HEARTBEAT = "desk:worker:health"  # the key that a running worker renews


class Subscription(Protocol):
    """What we use of redis-py's, which is half typed."""

    async def subscribe(self, *channels: str) -> object: ...
    def listen(self) -> AsyncIterator[dict[str, Any]]: ...


class ValkeyClient(Protocol):
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
    client: ValkeyClient | None = None


@asynccontextmanager
async def valkey_client(url: str | None = None) -> AsyncGenerator[ValkeyClient]:
    """Run the process's client for the length of the block. It connects when first used."""
    client, before = make_client(url), _Running.client
    _Running.client = client
    try:
        yield client
    finally:
        _Running.client = before
        await client.aclose()


def make_client(url: str | None = None, patience: float | None = TIMEOUT_SECONDS) -> ValkeyClient:
    """A client of its own. `patience` None waits for an answer as long as it takes (pub/sub)."""
    client = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url or get_settings().redis_url or "redis://127.0.0.1:6379",
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )
    return cast(ValkeyClient, client)


def valkey() -> ValkeyClient:
    """The client; raises redis' ConnectionError where none runs, as if Valkey were gone."""
    if _Running.client is None:
        raise ValkeyConnectionError("valkey_client() is not running")
    return _Running.client
