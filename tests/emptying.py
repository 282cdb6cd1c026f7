"""The tests' database emptied by one call, for the length of a run.

On a connection of its own, which checks no foreign keys and fires no guard of the history: to
switch them off for a transaction costs a connection all of its plans, so each test would plan all
of its statements again.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

SEQUENCES = """
SELECT format('PERFORM setval(%L, %s, %s);', format('%I.%I', schemaname, sequencename),
              coalesce(last_value, start_value), (last_value IS NOT NULL)::text)
FROM pg_sequences WHERE sequencename <> 'migration_id_seq'
"""

_connections: dict[str, asyncpg.Connection] = {}


@asynccontextmanager
async def emptying(database: str, tables: list[str]) -> AsyncGenerator[None]:
    """In the block `empty_at_once` brings back what is in these tables now."""
    connection = await asyncpg.connect(
        database, server_settings={"session_replication_role": "replica"}
    )
    steps = [f"DELETE FROM {table};" for table in tables]
    for table in tables:
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
            await connection.execute(f"CREATE TEMP TABLE saved_{table} AS TABLE {table}")
            steps.append(f"INSERT INTO {table} SELECT * FROM saved_{table};")
    steps += [row[0] for row in await connection.fetch(SEQUENCES)]
    await connection.execute(
        "CREATE FUNCTION pg_temp.empty_desk() RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
        f"{' '.join(steps)} END $$"
    )
    _connections[database] = connection
    try:
        yield
    finally:
        del _connections[database]
        await connection.close()


async def empty_at_once(database: str) -> bool:
    """False, and nothing done, outside such a block."""
    if database not in _connections:
        return False
    await _connections[database].fetch("SELECT pg_temp.empty_desk()")
    return True
