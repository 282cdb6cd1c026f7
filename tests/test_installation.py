"""What `migrate` leaves behind, in a database of its own beside the one of the other tests."""

import asyncpg

from service_desk.installation import install
from tests.databases import database_of_its_own
from tests.factories import NOW


async def test_running_it_again_changes_nothing(database: str) -> None:
    async with database_of_its_own(database) as url:
        await install(NOW)
        desk = await asyncpg.connect(url)
        for _ in range(2):
            await install(NOW)
        assert await desk.fetchval("SELECT count(*) FROM policy_version") == 3
        await desk.close()
