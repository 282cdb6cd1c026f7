"""Databases beside the one that the tests share."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from service_desk.database import DB


@asynccontextmanager
async def database_of_its_own(database: str) -> AsyncGenerator[str]:
    """An empty one on the same server, for `migrate()` to work on; its URL.

    The shared pool is set aside for the length of the block.
    """
    admin = await asyncpg.connect(database)
    await admin.execute("DROP DATABASE IF EXISTS own WITH (FORCE)")
    await admin.execute("CREATE DATABASE own")
    pool, config = DB.pool, DB.config
    url = database.rsplit("/", 1)[0] + "/own"
    DB.pool, DB.config = None, {"dsn": url}
    try:
        yield url
    finally:
        DB.pool, DB.config = pool, config
        await admin.execute("DROP DATABASE own WITH (FORCE)")  # after a failure, too
        await admin.close()
