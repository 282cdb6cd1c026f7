"""Code and migrations agree, and every migration can be undone."""

from contextlib import redirect_stdout
from io import StringIO

import asyncpg
from piccolo.apps.migrations.commands.backwards import run_backwards
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from service_desk.database import DB
from service_desk.migrating import migrate
from service_desk.piccolo_app import APP_CONFIG


async def test_the_migrations_make_what_the_tables_say() -> None:
    with redirect_stdout(StringIO()):
        missing = await AutoMigrationManager(auto_input="n").get_alter_statements(APP_CONFIG)
    assert [statement for one in missing for statement in one.statements] == []


async def test_down_and_up_again(database: str) -> None:
    """In a database of its own, beside the one that the other tests use."""
    admin = await asyncpg.connect(database)
    await admin.execute("DROP DATABASE IF EXISTS updown")
    await admin.execute("CREATE DATABASE updown")
    await admin.close()
    pool, config = DB.pool, DB.config
    DB.pool, DB.config = None, {"dsn": database.rsplit("/", 1)[0] + "/updown"}
    try:
        await migrate()
        with redirect_stdout(StringIO()):
            await run_backwards("service_desk", "all", auto_agree=True)
        check = await asyncpg.connect(**DB.config)
        left = await check.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename <> 'migration'"
        )
        await check.close()
        assert left == 0
        await migrate()
    finally:
        DB.pool, DB.config = pool, config
