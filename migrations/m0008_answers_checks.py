"""Answers that wait for a gateway: their index, and the checks."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.m0005_answers_indexes import EVENT_TYPES as BEFORE
from migrations.m0005_answers_indexes import one_of
from service_desk.database import DB

ID = "2026-11-30T23:00:08:100000"
VERSION = "1.38.0"
DESCRIPTION = "Answers that wait for a gateway: index and checks"

NEW_EVENTS = ("message.sent_later", "rating.dealt_with")
EVENT_TYPES = (*BEFORE, *NEW_EVENTS)

# Read every second; as in service_desk/tickets/unknown_outcomes.py.
INDEX = """
CREATE INDEX outbox_sent_later_index ON outbox (id)
    WHERE counts_once_sent AND state IN ('sent', 'delivered');
"""
DROP_INDEX = "DROP INDEX outbox_sent_later_index;"

# The release before does not know these events: it could not read a ticket that has one.
FORGET_EVENTS = f"""
SET LOCAL session_replication_role = replica;
DELETE FROM ticket_event WHERE {one_of("type", NEW_EVENTS)};
UPDATE ticket_event SET data = data - 'waits' WHERE type = 'message.sent' AND data ? 'waits';
UPDATE ticket_event SET data = data - 'counts' WHERE type = 'message.resent' AND data ? 'counts';
SET LOCAL session_replication_role = origin;
"""


def event_check(types: tuple[str, ...]) -> str:
    return (
        "ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_type_check; "
        "ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_type_check "
        f"CHECK ({one_of('type', types)});"
    )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, event_check(EVENT_TYPES)))
    manager.add_raw(partial(_run, INDEX))
    manager.add_raw_backwards(partial(_run, DROP_INDEX))
    manager.add_raw_backwards(partial(_run, FORGET_EVENTS))
    manager.add_raw_backwards(partial(_run, event_check(BEFORE)))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
