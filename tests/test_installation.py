"""What `migrate` leaves behind, in a database of its own beside the one of the other tests."""

import asyncpg

from service_desk.database import DB
from service_desk.installation import install
from tests.factories import NOW


async def test_running_it_again_changes_nothing(database: str) -> None:
    admin = await asyncpg.connect(database)
    await admin.execute("DROP DATABASE IF EXISTS installed")
    await admin.execute("CREATE DATABASE installed")
    await admin.close()
    pool, config = DB.pool, DB.config
    DB.pool, DB.config = None, {"dsn": database.rsplit("/", 1)[0] + "/installed"}
    try:
        await install(NOW)
        desk = await asyncpg.connect(**DB.config)
        for _ in range(2):
            await install(NOW)
        assert await desk.fetchval("SELECT count(*) FROM policy_version") == 3
        await desk.close()
    finally:
        DB.pool, DB.config = pool, config
