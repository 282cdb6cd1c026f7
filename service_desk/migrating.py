"""The schema: what the database has, what the code needs, and how to get there.

Piccolo's migration commands take a second to import, so that is done only where a migration runs.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, redirect_stdout
from functools import cache
from io import StringIO
from itertools import chain
from pathlib import Path

import asyncpg

import migrations
from service_desk.database import DB, fetch_value

LOCK = 0x5E_D35C  # any constant: all processes of all desks on one database share it
MIGRATION_ID = re.compile(r'^ID = "(.+)"$', re.MULTILINE)
IS_EMPTY = "SELECT to_regclass('migration') IS NULL"
TAKE_TURN = "SELECT pg_advisory_lock($1)"
TAKE_TURN_IN_TRANSACTION = "SELECT pg_advisory_xact_lock($1)"
HEAD = "SELECT max(name) FROM migration WHERE app_name = 'service_desk'"
APPLIED = "SELECT name FROM migration WHERE app_name = 'service_desk'"


async def migrate() -> None:
    """Bring the schema to the newest migration; any number of processes may call this at once."""
    await DB.look_for_pooler()
    connection = await asyncpg.connect(**DB.config, statement_cache_size=0)
    try:
        async with _turn(connection):
            if not migration_ids() <= await _applied(connection):
                await _run_forwards()
    finally:
        await connection.close()


@asynccontextmanager
async def _turn(connection: asyncpg.Connection) -> AsyncGenerator[None]:
    """Behind a pooler only a transaction keeps its server. Elsewhere there is none: an index that
    is made concurrently would wait for its end."""
    if not DB.lent:
        await connection.execute(TAKE_TURN, LOCK)
        yield
        return
    async with connection.transaction():
        await connection.execute(TAKE_TURN_IN_TRANSACTION, LOCK)
        yield


async def _applied(connection: asyncpg.Connection) -> set[str]:
    if await connection.fetchval(IS_EMPTY):
        return set()
    return {row["name"] for row in await connection.fetch(APPLIED)}


async def _run_forwards() -> None:
    from piccolo.apps.migrations.commands.forwards import run_forwards

    report = StringIO()
    with redirect_stdout(report):
        result = await run_forwards("service_desk")
    if not result.success:
        raise RuntimeError(f"migrations failed: {result.message}\n{report.getvalue()}")


async def is_empty() -> bool:
    """Whether no migration ever ran in the database."""
    return await fetch_value(IS_EMPTY)


async def schema_head() -> str | None:
    """The id of the newest migration that ran. Fails on a database that `is_empty`."""
    return await fetch_value(HEAD)


@cache
def migration_ids() -> frozenset[str]:
    """Those in the code. Read, not imported: a migration imports Piccolo's commands."""
    sources = (path.read_text() for path in Path(migrations.__path__[0]).glob("*.py"))
    return frozenset(found[1] for source in sources if (found := MIGRATION_ID.search(source)))


def newest_migration() -> str:
    """The id of the last migration in the code."""
    return max(migration_ids())


def schema_difference(present: str | None, wanted: str) -> str:
    """What to do about a database that is not at the newest migration of this code."""
    if present is not None and present > wanted:
        return (
            f"at {present}, of a newer release than this process, which knows {wanted}: "
            "start it again with that release"
        )
    return f"at {present or 'nothing'}, and this release needs {wanted}: run service-desk migrate"


async def missing_statements() -> list[str]:
    """What a new automatic migration would do; needs no database."""
    from piccolo.apps.migrations.commands.new import AutoMigrationManager

    from service_desk.piccolo_app import APP_CONFIG

    manager = AutoMigrationManager(auto_input="y")
    with redirect_stdout(StringIO()):  # it prints a table
        alterations = await manager.get_alter_statements(APP_CONFIG)
    return list(chain.from_iterable(alteration.statements for alteration in alterations))
