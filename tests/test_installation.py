"""What `migrate` leaves behind, in a database of its own beside the one of the other tests."""

import asyncpg
import msgspec

from service_desk.database import DB
from service_desk.installation import install
from tests.factories import NOW

OLD = msgspec.json.encode({"week": {"mon": [["09:00", "18:00"]]}, "public_holidays": "CN"}).decode()


async def test_again_it_changes_nothing_but_completes_what_is_old(database: str) -> None:
    admin = await asyncpg.connect(database)
    await admin.execute("DROP DATABASE IF EXISTS installed")
    await admin.execute("CREATE DATABASE installed")
    await admin.close()
    pool, config = DB.pool, DB.config
    DB.pool, DB.config = None, {"dsn": database.rsplit("/", 1)[0] + "/installed"}
    try:
        await install(NOW)
        desk = await asyncpg.connect(**DB.config)
        await desk.execute(
            "INSERT INTO calendar_version (name, version, body, created_at) "
            "VALUES ('office', 1, $1, $2)",
            *(OLD, NOW),
        )
        for _ in range(2):
            await install(NOW)
        assert await desk.fetchval("SELECT count(*) FROM policy_version") == 3
        body = msgspec.json.decode(await desk.fetchval("SELECT body FROM calendar_version"))
        assert "2026-10-01" in body["known_holidays"]["closed"]
        assert body["known_holidays"]["last_year"] == NOW.year + 10
        await desk.close()
    finally:
        DB.pool, DB.config = pool, config
