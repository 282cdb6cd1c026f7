"""What messages only linked to becomes attachments that the worker fetches."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T19:41:48:328268"
VERSION = "1.38.0"
DESCRIPTION = "Media of messages become attachments"

FORWARDS = """
INSERT INTO attachment (message, name, declared_type, storage_key, source_url, state, thumbnail,
    attempts, next_attempt_at, received_at)
SELECT m.id, 'mms-' || place, left(coalesce(link->>'content_type', ''), 100),
    left(key, 2) || '/' || key, link->>'url', 'waiting', 'none', 0, now(), m.at
FROM message m, jsonb_array_elements(m.media) WITH ORDINALITY AS l (link, place),
    LATERAL (SELECT replace(gen_random_uuid()::text, '-', '') AS key WHERE place > 0) AS made
WHERE m.media <> '[]' AND length(link->>'url') BETWEEN 1 AND 2000
ORDER BY m.id, place;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.drop_column(
        table_class_name="Message",
        tablename="message",
        column_name="media",
        db_column_name="media",
        schema=None,
    )
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
