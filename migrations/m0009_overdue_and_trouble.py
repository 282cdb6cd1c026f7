"""Indexes for what is looked at all day: promises broken now, messages in trouble."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T19:23:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes: running clocks by due time, messages in trouble"

FORWARDS = """
CREATE INDEX clock_running_index ON clock (due_at, ticket) WHERE phase = 'running';
CREATE INDEX outbox_failed_index ON outbox (id)
    WHERE state IN ('unknown', 'failed', 'undelivered');
"""
BACKWARDS = "DROP INDEX clock_running_index, outbox_failed_index;"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
