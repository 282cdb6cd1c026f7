"""Indexes: what a sender was answered lately; messages in trouble, those to decide on first."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-22T01:20:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes: receipts by sender, messages in trouble by what can be done"

FORWARDS = """
CREATE INDEX inbound_receipt_sender_index ON inbound_receipt (sender, at);
DROP INDEX outbox_failed_index;
CREATE INDEX outbox_failed_index ON outbox (
    (CASE WHEN state = 'unknown' THEN 2 WHEN state = 'failed' AND provider_id IS NULL THEN 1
        ELSE 0 END), id)
    WHERE state IN ('unknown', 'failed', 'undelivered');
"""
BACKWARDS = """
DROP INDEX inbound_receipt_sender_index, outbox_failed_index;
CREATE INDEX outbox_failed_index ON outbox (id)
    WHERE state IN ('unknown', 'failed', 'undelivered');
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
