"""Indexes of attachments: those of a message, and those a worker is due with."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T19:36:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes: attachments by message, and by when a worker is due"

FORWARDS = """
CREATE INDEX attachment_message_index ON attachment (message);
CREATE INDEX attachment_due_index ON attachment (next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
"""
BACKWARDS = "DROP INDEX attachment_message_index, attachment_due_index;"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
