"""The client of Valkey: live events, rate limits, the worker's heartbeat. It holds no truth.

Every call may fail within half a second with a RedisError, OSError or TimeoutError, and the caller
then does without it.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

from redis.asyncio import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.retry import Retry

from service_desk.settings import get_settings

TIMEOUT_SECONDS = 0.5
WORKER_HEARTBEAT = "desk:worker:health"  # the key that a running worker renews


class Subscription(Protocol):
    """The part of redis-py's that we use. Its own types are incomplete."""

    async def subscribe(self, *channels: str) -> object: ...
    def listen(self) -> AsyncIterator[dict[str, Any]]: ...


class ValkeyClient(Protocol):
    """The part of redis-py's client that we use. Its own types are incomplete."""

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
    """Run the process's client for the length of the block. It connects on first use."""
    client, before = make_client(url), _Running.client
    _Running.client = client
    try:
        yield client
    finally:
        _Running.client = before
        await client.aclose()


def make_client(url: str | None = None, timeout: float | None = TIMEOUT_SECONDS) -> ValkeyClient:
    """A separate client. `timeout`: seconds for an answer; None: no limit (pub/sub)."""
    client = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
        url or get_settings().redis_url or "redis://127.0.0.1:6379",
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )
    return cast(ValkeyClient, client)


def valkey() -> ValkeyClient:
    """The process's client. Raises redis' ConnectionError if none runs, as if Valkey were gone."""
    if _Running.client is None:
        raise ValkeyConnectionError("valkey_client() is not running")
    return _Running.client
