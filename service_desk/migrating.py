"""The schema: what the database has, what the code needs, and from the one to the other.

Piccolo's migration commands take long to import. That is done where they are called, so that a
process that only asks does not pay for it.
"""

from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from io import StringIO
from itertools import chain
from pkgutil import iter_modules

import asyncpg

import migrations
from service_desk.database import DB, fetch_value

LOCK = 0x5E_D35C  # any constant: all processes of all desks on one database share it


async def migrate() -> None:
    """Bring the schema to the newest migration; any number of processes may call this at once."""
    from piccolo.apps.migrations.commands.forwards import run_forwards

    lock = await asyncpg.connect(**DB.config)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", LOCK)
        report = StringIO()
        with redirect_stdout(report):
            result = await run_forwards("service_desk")
        if not result.success:
            raise RuntimeError(f"migrations failed: {result.message}\n{report.getvalue()}")
    finally:
        await lock.close()


async def is_empty() -> bool:
    """Whether no migration ever ran in the database."""
    return await fetch_value("SELECT to_regclass('migration') IS NULL")


async def schema_head() -> str | None:
    """The id of the newest migration that ran. Fails on a database that `is_empty`."""
    return await fetch_value("SELECT max(name) FROM migration WHERE app_name = 'service_desk'")


@cache
def newest_migration() -> str:
    """The id of the last migration in the code. The first call imports them all."""
    modules = (
        import_module(f"migrations.{found.name}") for found in iter_modules(migrations.__path__)
    )
    return max(module.ID for module in modules)


async def missing_statements() -> list[str]:
    """What a new automatic migration would do; needs no database."""
    from piccolo.apps.migrations.commands.new import AutoMigrationManager

    from service_desk.piccolo_app import APP_CONFIG

    manager = AutoMigrationManager(auto_input="y")
    with redirect_stdout(StringIO()):  # it draws a table
        alterations = await manager.get_alter_statements(APP_CONFIG)
    return list(chain.from_iterable(alteration.statements for alteration in alterations))
