"""An entry of the deposit ledger is undone once."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T22:53:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "One counter-entry for an entry of the deposit ledger"

FORWARDS = """
CREATE UNIQUE INDEX deposit_entry_reverses_unique ON deposit_entry (counters)
    WHERE counters IS NOT NULL;
"""
BACKWARDS = """
DROP INDEX deposit_entry_reverses_unique;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
