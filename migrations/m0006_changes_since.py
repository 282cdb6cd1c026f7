"""A monthly analysis made again as of then undoes what was recorded since: find that quickly."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T18:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What changed a ticket's facts, by when it was recorded"

FORWARDS = """
CREATE INDEX ticket_event_change_index ON ticket_event (recorded_at, ticket) WHERE type IN (
    'ticket.opened', 'ticket.classified', 'severity.raised', 'ticket.assigned', 'ticket.waiting',
    'ticket.resumed', 'ticket.resolved', 'ticket.closed', 'ticket.reopened', 'ticket.merged');
"""
BACKWARDS = "DROP INDEX ticket_event_change_index;"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
