"""Who waits to be called back, from the history until now; and an index for their queue."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T19:54:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Callbacks wanted so far; an index for the queue of them"

FORWARDS = """
UPDATE ticket SET callback_requested_at = asked.at
FROM (
    SELECT ticket, min(at) AS at FROM ticket_event wish
    WHERE type = 'callback.requested' AND NOT EXISTS (
        SELECT FROM ticket_event call WHERE call.ticket = wish.ticket AND call.id > wish.id
            AND call.type = 'call.logged' AND call.data -> 'answered' = 'true')
    GROUP BY ticket
) AS asked
WHERE ticket.id = asked.ticket AND ticket.state NOT IN ('resolved', 'closed');
CREATE INDEX ticket_callback_index ON ticket (coalesce(rank_at, 'infinity'), received_at, id)
    WHERE state NOT IN ('resolved', 'closed') AND callback_requested_at IS NOT NULL;
"""
BACKWARDS = "DROP INDEX ticket_callback_index;"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
