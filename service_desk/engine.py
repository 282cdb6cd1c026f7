"""Piccolo's PostgreSQL engine, with timeouts against a server that hangs, and without leaks.

A server that refuses is noticed at once; one that hangs (a stopped process, a dead disk, a network
that drops packets) only by a timeout. Waiting for its answer to a ROLLBACK or a cancellation would
then be a second timeout, so the connection is cut instead.

Between us and the server may stand a pooler that lends a server for one transaction at a time
(PgBouncer's pool_mode = transaction): then every statement is made a transaction, and none is
prepared for later.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

CONNECT_SECONDS = 5.0
ACQUIRE_SECONDS = 5.0  # until a connection is free; workers wait without limit
RELEASE_SECONDS = 1.0  # until the server has acknowledged that it cancelled what took too long
LOOK_SECONDS = 2.0  # for a pooler
LOOKS = 5  # another client may take the very server that is looked for
BEHIND_POOLER = (
    "PgBouncer, or another pooler, in transaction mode: it works, but each statement takes three "
    "round trips, so choose session mode (pool_mode = session); backup and restore need a "
    "DATABASE_URL that goes to PostgreSQL itself"
)
BACKEND = "SELECT pg_backend_pid()"
PLAN_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan;"
plans_once: ContextVar[bool] = ContextVar("plans_once", default=False)


class Pool(asyncpg.Pool):
    """Acquires and releases connections within the seconds above.

    Without a timeout asyncpg waits for ever, and Piccolo passes none.
    """

    acquire_times_out = False

    async def _acquire(self, seconds: float | None) -> Any:
        if self.acquire_times_out:
            seconds = seconds or ACQUIRE_SECONDS
        return await super()._acquire(seconds)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] - asyncpg's stubs leave it out

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        # asyncpg has cut the connection; the caller gets the error that made it necessary
        with suppress(TimeoutError):
            await super().release(connection, timeout=timeout or RELEASE_SECONDS)


class Transaction(PostgresTransaction):
    """Piccolo's keeps the connection, and itself as the current one, if BEGIN or ROLLBACK fail."""

    connection: Any

    async def begin(self) -> None:
        try:
            await super().begin()
        except BaseException:
            _terminate(self.connection)
            raise

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._parent is not None:
            return exception is None
        connection = self.connection
        try:
            if isinstance(exception, TimeoutError):
                _terminate(connection)
                return False
            return await super().__aexit__(exception_type, exception, traceback)  # pyright: ignore[reportUnknownMemberType] - Piccolo's is untyped
        except BaseException:
            _terminate(connection)
            raise
        finally:
            self._forget()

    def _forget(self) -> None:
        if self.engine.current_transaction.get() is self:
            self.engine.current_transaction.set(None)


def _terminate(connection: Any) -> None:
    """Cut it, unless the pool has it back already (cancelled while being released)."""
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


class KeptConnection(asyncpg.Connection):
    """In a transaction that `plans_once`, its BEGIN brings that along."""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's
        if query == "BEGIN;" and plans_once.get():
            query += PLAN_ONCE
        return await super().execute(query, *args, timeout=timeout)


class LentConnection(asyncpg.Connection):
    """A statement outside of a transaction is a transaction: its parts, sent one after the other,
    could reach different servers."""

    async def _execute(self, *args: Any, **more: Any) -> Any:
        usual: Any = super()  # asyncpg's stubs leave it out
        if self.is_in_transaction():
            return await usual._execute(*args, **more)
        around = self.transaction()
        await around.start()
        try:
            found: Any = await usual._execute(*args, **more)
        except TimeoutError:
            self.terminate()
            raise
        except BaseException:
            await around.rollback()
            raise
        await around.commit()
        return found


async def lends_servers(config: Mapping[str, Any]) -> bool:
    """Whether two connections share a server: one gets what the other has just used, or the other
    does not keep its own."""
    try:
        async with asyncio.timeout(LOOK_SECONDS), AsyncExitStack() as stack:
            one, other = [await stack.enter_async_context(_connected(config)) for _ in range(2)]
            for _ in range(LOOKS):
                used = await one.fetchval(BACKEND)
                async with other.transaction():
                    if used == await other.fetchval(BACKEND) or used != await one.fetchval(BACKEND):
                        return True
    except TimeoutError:
        pass  # a server that hangs is for whoever needs it
    return False


@asynccontextmanager
async def _connected(config: Mapping[str, Any]) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        **config, timeout=CONNECT_SECONDS, statement_cache_size=0, connection_class=LentConnection
    )
    try:
        yield connection
    except BaseException:
        connection.terminate()
        raise
    await connection.close()  # its session is over then: a restore counts those there are


class Engine(PostgresEngine):
    """`lent`: behind a pooler that lends servers by the transaction."""

    command_timeout: float | None = None
    lent = False

    async def check_version(self) -> None:
        """Piccolo would connect on import, when there may be no database yet."""

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(self, allow_nested=allow_nested)

    async def start_pool(self, *, size: int, command_timeout: float | None, **hooks: Any) -> None:
        """`command_timeout`: seconds that a statement may take; None: no limit."""
        self.command_timeout = command_timeout
        await self.look_for_pooler()
        pool = Pool(
            init_size=1,  # fails at once where there is no database
            min_size=0,  # otherwise asyncpg floods the log while it tries to reconnect
            max_size=size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            loop=None,
            record_class=asyncpg.Record,
            timeout=CONNECT_SECONDS,
            command_timeout=command_timeout,
            **self.config,
            **self._connections,
            **hooks,
        )
        pool.acquire_times_out = command_timeout is not None
        self.pool = await pool

    async def look_for_pooler(self) -> None:
        """Before the first statement."""
        self.lent = await lends_servers(self.config)

    @property
    def _connections(self) -> dict[str, Any]:
        if not self.lent:
            return {"connection_class": KeptConnection}
        return {"connection_class": LentConnection, "statement_cache_size": 0}

    async def get_new_connection(self) -> asyncpg.Connection:
        return await asyncpg.connect(**self.config, **self._connections)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:
        """Behind a pooler, too, what cannot be in a transaction: CREATE INDEX CONCURRENTLY."""
        if not self.lent or self.current_transaction.get() is not None:
            return await super().run_ddl(ddl, in_pool)
        connection = await self.get_new_connection()
        try:
            await connection.execute(ddl)
        finally:
            await connection.close()
        return []

    async def close_pool(self) -> None:
        pool, self.pool = self.pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), CONNECT_SECONDS)
        except TimeoutError:
            pool.terminate()
