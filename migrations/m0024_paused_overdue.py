"""An index for clocks that were overdue when they paused: the bell counts them too."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T22:06:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "An index for clocks that were overdue when they paused"

FORWARDS = """
CREATE INDEX clock_paused_overdue_index ON clock (ticket)
    WHERE phase = 'paused' AND anchor_at > due_at;
"""
BACKWARDS = "DROP INDEX clock_paused_overdue_index;"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
