"""Piccolo's PostgreSQL engine, with timeouts against a server that hangs, and without leaks.

A server that refuses is noticed at once; one that hangs (a stopped process, a dead disk, a network
that drops packets) only by a timeout. Waiting for its answer to a ROLLBACK or a cancellation would
then be a second timeout, so the connection is cut instead.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

CONNECT_SECONDS = 5.0
ACQUIRE_SECONDS = 5.0  # until a connection is free; workers wait without limit
RELEASE_SECONDS = 1.0  # until the server has acknowledged that it cancelled what took too long


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


class Engine(PostgresEngine):
    command_timeout: float | None = None

    async def check_version(self) -> None:
        """Piccolo would connect on import, when there may be no database yet."""

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(self, allow_nested=allow_nested)

    async def start_pool(self, *, size: int, command_timeout: float | None, **hooks: Any) -> None:
        """`command_timeout`: seconds that a statement may take; None: no limit."""
        self.command_timeout = command_timeout
        pool = Pool(
            init_size=1,  # fails at once where there is no database
            min_size=0,  # otherwise asyncpg floods the log while it tries to reconnect
            max_size=size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            timeout=CONNECT_SECONDS,
            command_timeout=command_timeout,
            **self.config,
            **hooks,
        )
        pool.acquire_times_out = command_timeout is not None
        self.pool = await pool

    async def close_pool(self) -> None:
        pool, self.pool = self.pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), CONNECT_SECONDS)
        except TimeoutError:
            pool.terminate()
