"""The PostgreSQL engine, its pool, and raw reads as Structs.

There are two ways to query: rows.py (Piccolo) for plain statements of one table, and `fetch*` with
SQL where a query is hot, set-based or keyset-paged. Both join the transaction that the operation
opened with `async with transaction()`.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import msgspec

from service_desk.engine import Engine, plans_once
from service_desk.errors import Unavailable
from service_desk.settings import get_settings
from service_desk.tables import TABLES

# The embedded PostgreSQL brings no contrib extensions, and we need none.
DB = Engine(config={"dsn": get_settings().database_url}, extensions=())
for _table in TABLES:
    # Otherwise the first query has Piccolo look for it in PICCOLO_CONF (see piccolo_app.py).
    _table._meta.db = DB  # pyright: ignore[reportPrivateUsage] - no public way

T = TypeVar("T")

POOL_SIZE = 10
WEB_STATEMENT_SECONDS = 5.0  # a statement of a page or a REST call that takes longer is a 503
LONG_STATEMENT_SECONDS = 120.0  # for queries over a whole month

_after_commit: ContextVar[list[Callable[[], Awaitable[None]]]] = ContextVar("after_commit")
_statement_timeout: ContextVar[float | None] = ContextVar("seconds", default=None)


DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""Raised by a database that is gone or refuses."""


@asynccontextmanager
async def database_pool(
    dsn: str | None = None, size: int = POOL_SIZE, command_timeout: float | None = None
) -> AsyncGenerator[None]:
    """Run the engine's pool for the length of the block.

    `command_timeout`: seconds after which a statement fails with a TimeoutError; None, without
    limit, for workers and commands.
    """
    if dsn is not None:
        DB.config = {"dsn": dsn}
    await DB.start_pool(
        size=size, command_timeout=command_timeout, init=set_json_codec, reset=_skip_reset
    )
    try:
        yield
    finally:
        await DB.close_pool()


@contextmanager
def report_connection_errors(database_url: str) -> Generator[None]:
    """Turn a failure to connect into Unavailable, with a sentence."""
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
        url = urlsplit(database_url)
        raise Unavailable(
            "The database on {host} does not answer ({reason}): see DATABASE_URL.",
            host=f"{url.hostname}:{url.port or 5432}",
            reason=str(error) or type(error).__name__,
        ) from error


@contextmanager
def long_statements() -> Generator[None]:
    """`fetch*` in this block may take longer than a request's statements usually may."""
    before = _statement_timeout.set(LONG_STATEMENT_SECONDS)
    try:
        yield
    finally:
        _statement_timeout.reset(before)


@asynccontextmanager
async def transaction(*, plan_once: bool = False) -> AsyncGenerator[None]:
    """All or nothing. An inner one joins the outer. `after_commit` callbacks run last.

    `plan_once`: its statements read and write a few rows by their keys. PostgreSQL would plan them
    each time, since it sees how few are asked for, which takes longer than to run them. Not for
    bulk loads: the plans of a small table stay while it grows, until it is analyzed.
    """
    if in_transaction():
        yield
        return
    waiting = _after_commit.set([])
    plans_otherwise = plans_once.set(plan_once)
    try:
        async with DB.transaction():
            yield
        callbacks = _after_commit.get()
    finally:
        _after_commit.reset(waiting)
        plans_once.reset(plans_otherwise)
    for callback in callbacks:
        await callback()


def in_transaction() -> bool:
    """Whether the caller has opened one: what it has written is seen there only."""
    return DB.current_transaction.get() is not None


@asynccontextmanager
async def snapshot() -> AsyncGenerator[None]:
    """Reads in the block see the database as of one moment. Nothing can be written in it."""
    async with transaction():
        await fetch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@asynccontextmanager
async def savepoint() -> AsyncGenerator[None]:
    """Within a transaction: a failure in the block undoes the block only."""
    running = DB.current_transaction.get()
    assert running is not None, "a savepoint needs a transaction around it"
    async with running.connection.transaction():
        yield


def after_commit(callback: Callable[[], Awaitable[None]]) -> None:
    """Run this once the current transaction is committed, and never if it is not."""
    _after_commit.get().append(callback)


@contextmanager
def without_callbacks() -> Generator[None]:
    """Within a transaction: `after_commit` calls in the block are ignored. For bulk loads, which
    would publish thousands of changes one by one."""
    before = _after_commit.set([])
    try:
        yield
    finally:
        _after_commit.reset(before)


async def fetch(query: str, *args: Any) -> list[asyncpg.Record]:
    """Run SQL ($1, $2, … for arguments) in the current transaction, or on a pooled connection."""
    transaction = DB.current_transaction.get()
    if transaction is not None:
        return await transaction.connection.fetch(query, *args, timeout=_timeout())
    assert DB.pool is not None, "database_pool() is not running"
    async with DB.pool.acquire() as connection:
        return await connection.fetch(query, *args, timeout=_timeout())


async def fetch_as(shape: type[T], query: str, *args: Any) -> list[T]:
    """Rows as Structs of that shape; a row that does not fit is a programming error."""
    return msgspec.convert([dict(row) for row in await fetch(query, *args)], list[shape])


async def fetch_one(query: str, *args: Any) -> asyncpg.Record | None:
    rows = await fetch(query, *args)
    return rows[0] if rows else None


async def fetch_value(query: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    row = await fetch_one(query, *args)
    return None if row is None else row[0]


async def set_json_codec(connection: asyncpg.Connection) -> None:
    """JSONB is read as values, not text. Text is written as it is: Piccolo encodes JSON itself."""
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: value if isinstance(value, str) else to_json(value),
        decoder=msgspec.json.decode,
        schema="pg_catalog",
    )


async def _skip_reset(_: asyncpg.Connection) -> None:
    """None of our queries changes its session, so `RESET ALL` would only cost a round trip.
    asyncpg has already rolled back a transaction that was left open."""


def _timeout() -> float | None:
    """Seconds for one statement; None leaves it to the pool."""
    return _statement_timeout.get() if DB.command_timeout is not None else None


def to_json(value: object) -> str:
    """For an element of a jsonb array: asyncpg would take a sequence for a further dimension."""
    return msgspec.json.encode(value).decode()
