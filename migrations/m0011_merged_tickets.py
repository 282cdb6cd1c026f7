"""The tickets that were merged into one are found by index."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T19:29:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Index of merged tickets"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(
        partial(
            _run,
            "CREATE INDEX ticket_merged_into_index ON ticket (merged_into) "
            "WHERE merged_into IS NOT NULL",
        )
    )
    manager.add_raw_backwards(partial(_run, "DROP INDEX ticket_merged_into_index"))
    return manager


async def _run(script: str) -> None:
    await DB.run_ddl(script)
