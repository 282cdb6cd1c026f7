"""Calls whose end we were never told of: those from before are due at once, or when a talk with
somebody of the staff must be over."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-22T01:16:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The calls that are lost, and their index"

FORWARDS = """
UPDATE phone_call SET stale_at = coalesce(
    answered_at + interval '270 minutes', started_at + interval '30 minutes')
WHERE ended_at IS NULL;
CREATE INDEX phone_call_stale_index ON phone_call (stale_at) WHERE ended_at IS NULL;
"""
BACKWARDS = "DROP INDEX phone_call_stale_index;"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
