"""What auto-migrations do not know: WhatsApp as a way out, append-only texts, indexes by channel."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T19:32:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "Outbox: WhatsApp, what is due by channel; message texts are append-only"

FORWARDS = """
ALTER TABLE outbox DROP CONSTRAINT outbox_channel_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_channel_check
    CHECK (channel IN ('sms', 'email', 'whatsapp', 'webhook'));
DROP INDEX outbox_due_index;
CREATE INDEX outbox_due_index ON outbox (channel, next_attempt_at) WHERE state = 'queued';
CREATE INDEX outbox_subscription_index ON outbox (subscription, id)
    WHERE subscription IS NOT NULL;
CREATE INDEX outbox_unfinished_webhook_index ON outbox (subscription)
    WHERE subscription IS NOT NULL AND state IN ('queued', 'sending', 'failed', 'unknown');
CREATE INDEX outbox_dead_letter_index ON outbox (id)
    WHERE channel = 'webhook' AND state IN ('failed', 'unknown');
CREATE TRIGGER message_text_append_only BEFORE UPDATE OR DELETE ON text_version
    FOR EACH ROW EXECUTE FUNCTION reject_change();
"""
BACKWARDS = """
DROP TRIGGER message_text_append_only ON text_version;
DROP INDEX outbox_dead_letter_index, outbox_unfinished_webhook_index, outbox_subscription_index,
    outbox_due_index;
CREATE INDEX outbox_due_index ON outbox (next_attempt_at) WHERE state = 'queued';
ALTER TABLE outbox DROP CONSTRAINT outbox_channel_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_channel_check
    CHECK (channel IN ('sms', 'email', 'webhook')) NOT VALID;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)  # a script of many statements, unlike fetch()
