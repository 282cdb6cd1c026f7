"""The PostgreSQL engine, its pool, and raw reads as Structs.

Two ways to the same connection: Piccolo's query builder for plain rows, and `fetch*` with SQL as
PostgreSQL speaks it where a query is hot, set-based or keyset-paged. Both join the transaction
that the operation opened with `async with transaction()`.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import msgspec

from service_desk.engine import Engine
from service_desk.errors import Unavailable
from service_desk.settings import get_settings

# The embedded PostgreSQL brings no contrib extensions, and we need none.
DB = Engine(config={"dsn": get_settings().database_url}, extensions=())

T = TypeVar("T")

POOL_SIZE = 10
WEB_STATEMENT_SECONDS = 5.0  # that a statement of a page or a call may take; then it is 503
LONG_STATEMENT_SECONDS = 120.0  # where a whole month is counted

_after_commit: ContextVar[list[Callable[[], Awaitable[None]]]] = ContextVar("after_commit")
_statement_timeout: ContextVar[float | None] = ContextVar("seconds", default=None)


DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a database that is gone, or refuses, raises."""


@asynccontextmanager
async def database_pool(
    dsn: str | None = None, size: int = POOL_SIZE, command_timeout: float | None = None
) -> AsyncGenerator[None]:
    """Run the engine's pool for the length of the block.

    `command_timeout`: seconds until a statement is given up with a TimeoutError; None for workers
    and commands, whose statements may take as long as they do.
    """
    if dsn is not None:
        DB.config = {"dsn": dsn}
    await DB.start_pool(
        size=size, command_timeout=command_timeout, init=_set_json_codec, reset=_skip_reset
    )
    try:
        yield
    finally:
        await DB.close_pool()


@contextmanager
def answers(database_url: str) -> Generator[None]:
    """Turns a failure to connect into a sentence."""
    try:
        yield
    except (
        OSError,
        TimeoutError,
        asyncpg.PostgresConnectionError,
        asyncpg.InvalidPasswordError,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
    ) as error:
        place = urlsplit(database_url)
        raise Unavailable(
            "The database on {host} does not answer ({reason}): see DATABASE_URL.",
            host=f"{place.hostname}:{place.port or 5432}",
            reason=str(error) or type(error).__name__,
        ) from error


@contextmanager
def long_statements() -> Generator[None]:
    """`fetch*` in this block may take longer than a request's statements otherwise do."""
    before = _statement_timeout.set(LONG_STATEMENT_SECONDS)
    try:
        yield
    finally:
        _statement_timeout.reset(before)


@asynccontextmanager
async def transaction() -> AsyncGenerator[None]:
    """All or nothing. An inner one joins the outer; what `after_commit` was given runs last."""
    if DB.current_transaction.get() is not None:
        yield
        return
    waiting = _after_commit.set([])
    try:
        async with DB.transaction():
            yield
        callbacks = _after_commit.get()
    finally:
        _after_commit.reset(waiting)
    for callback in callbacks:
        await callback()


@asynccontextmanager
async def snapshot() -> AsyncGenerator[None]:
    """Reads in the block see the database as it is at one moment, whatever is written meanwhile.

    A transaction of its own, in which nothing can be written.
    """
    async with transaction():
        await fetch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@asynccontextmanager
async def savepoint() -> AsyncGenerator[None]:
    """Within a transaction: what fails in the block undoes the block, and no more."""
    running = DB.current_transaction.get()
    assert running is not None, "a savepoint needs a transaction around it"
    async with running.connection.transaction():
        yield


def after_commit(callback: Callable[[], Awaitable[None]]) -> None:
    """Run this once the current transaction is safely committed, and never if it is not."""
    _after_commit.get().append(callback)


async def fetch(query: str, *args: Any) -> list[asyncpg.Record]:
    """Run SQL ($1, $2, … for arguments) in the current transaction, or on a pooled connection."""
    transaction = DB.current_transaction.get()
    if transaction is not None:
        return await transaction.connection.fetch(query, *args, timeout=_timeout())
    assert DB.pool is not None, "database_pool() is not running"
    async with DB.pool.acquire() as connection:
        return await connection.fetch(query, *args, timeout=_timeout())


async def fetch_as(shape: type[T], query: str, *args: Any) -> list[T]:
    """Rows as Structs of the given shape; a row that does not fit is a programming error."""
    return msgspec.convert([dict(row) for row in await fetch(query, *args)], list[shape])


async def fetch_one(query: str, *args: Any) -> asyncpg.Record | None:
    rows = await fetch(query, *args)
    return rows[0] if rows else None


async def fetch_value(query: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    row = await fetch_one(query, *args)
    return None if row is None else row[0]


async def _set_json_codec(connection: asyncpg.Connection) -> None:
    """JSONB comes back as values, not text. Piccolo hands over text of its own: it passes."""
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: value if isinstance(value, str) else to_json(value),
        decoder=msgspec.json.decode,
        schema="pg_catalog",
    )


async def _skip_reset(_: asyncpg.Connection) -> None:
    """No query of ours changes its session (`RESET ALL` and so on would cost every read a round
    trip). What was left of a transaction, asyncpg rolls back before it asks."""


def _timeout() -> float | None:
    """Seconds for one statement; None leaves it to the pool."""
    return _statement_timeout.get() if DB.command_timeout is not None else None


def to_json(value: object) -> str:
    """For a place in an array of jsonb, where asyncpg would take a sequence for more places."""
    return msgspec.json.encode(value).decode()
