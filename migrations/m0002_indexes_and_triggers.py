"""What Piccolo's tables cannot express: the search column, composite and partial indexes, and
the triggers that keep history append-only.

An index that a hot query reads by says so here; what it leaves out (resolved tickets, rows that
are not due) is what keeps it small.
"""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-30T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of the hot paths, the search column, append-only history"

# The words and CJK bigrams that our own tokenizer makes of a ticket. Not a column of the Piccolo
# table: it is only ever searched, and every plain read of a ticket would fetch it.
SEARCH = """
ALTER TABLE ticket ADD COLUMN search tsvector;
CREATE INDEX ticket_search_index ON ticket USING gin (search);
"""
DROP_SEARCH = """
ALTER TABLE ticket DROP COLUMN search;
"""

# The queues have one order, read by keyset; tickets without a clock to meet come last, by age.
TICKET_INDEXES = """
CREATE INDEX ticket_queue_index ON ticket (coalesce(rank_at, 'infinity'), received_at, id)
    WHERE state NOT IN ('resolved', 'closed');
CREATE INDEX ticket_unassigned_queue_index
    ON ticket (coalesce(rank_at, 'infinity'), received_at, id)
    WHERE state NOT IN ('resolved', 'closed') AND assignee IS NULL;
CREATE INDEX ticket_callback_index ON ticket (coalesce(rank_at, 'infinity'), received_at, id)
    WHERE state NOT IN ('resolved', 'closed') AND callback_requested_at IS NOT NULL;
CREATE INDEX ticket_assignee_index ON ticket (assignee) WHERE state NOT IN ('resolved', 'closed');
CREATE INDEX ticket_received_index ON ticket (received_at, id);
CREATE INDEX ticket_resolved_at_index ON ticket (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX ticket_closing_index ON ticket (resolved_at) WHERE state = 'resolved';
CREATE INDEX ticket_customer_index ON ticket (customer, received_at DESC);
CREATE INDEX ticket_supplier_index ON ticket (supplier, received_at) WHERE supplier IS NOT NULL;
CREATE INDEX ticket_external_id_index ON ticket (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX ticket_merged_into_index ON ticket (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX message_ticket_index ON message (ticket, id);
CREATE INDEX attachment_due_index ON attachment (next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX ticket_event_ticket_index ON ticket_event (ticket, id);
-- A monthly analysis made again as of then undoes what was recorded since.
CREATE INDEX ticket_event_change_index ON ticket_event (recorded_at, ticket) WHERE type IN (
    'ticket.opened', 'ticket.classified', 'severity.raised', 'ticket.assigned', 'ticket.waiting',
    'ticket.resumed', 'ticket.resolved', 'ticket.closed', 'ticket.reopened', 'ticket.merged');
"""
DROP_TICKET_INDEXES = """
DROP INDEX ticket_queue_index, ticket_unassigned_queue_index, ticket_callback_index,
    ticket_assignee_index, ticket_received_index, ticket_resolved_at_index, ticket_closing_index,
    ticket_customer_index, ticket_supplier_index, ticket_external_id_index,
    ticket_merged_into_index, message_ticket_index, attachment_due_index,
    ticket_event_ticket_index, ticket_event_change_index;
"""

CLOCK_INDEXES = """
CREATE INDEX clock_due_index ON clock (next_level_at) WHERE next_level_at IS NOT NULL;
CREATE INDEX clock_running_index ON clock (due_at, ticket) WHERE phase = 'running';
CREATE INDEX clock_paused_overdue_index ON clock (ticket)
    WHERE phase = 'paused' AND anchor_at > due_at;
CREATE INDEX staff_alert_pending_index ON staff_alert (at) WHERE notified_at IS NULL;
"""
DROP_CLOCK_INDEXES = """
DROP INDEX clock_due_index, clock_running_index, clock_paused_overdue_index,
    staff_alert_pending_index;
"""

# Failed messages are listed by what can be done: as in outbox/failed_messages.py.
MESSAGE_INDEXES = """
CREATE INDEX outbox_due_index ON outbox (channel, next_attempt_at) WHERE state = 'queued';
CREATE INDEX outbox_sending_index ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_ticket_index ON outbox (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX outbox_message_index ON outbox (message) WHERE message IS NOT NULL;
CREATE INDEX outbox_recipient_index ON outbox (recipient, id);
CREATE INDEX outbox_subscription_index ON outbox (subscription, id)
    WHERE subscription IS NOT NULL;
CREATE INDEX outbox_unfinished_webhook_index ON outbox (subscription)
    WHERE subscription IS NOT NULL AND state IN ('queued', 'sending', 'failed', 'unknown');
CREATE INDEX outbox_dead_letter_index ON outbox (id)
    WHERE channel = 'webhook' AND state IN ('failed', 'unknown');
CREATE INDEX outbox_failed_index ON outbox (
    (CASE WHEN state = 'unknown' THEN 2 WHEN state = 'failed' AND provider_id IS NULL THEN 1
        ELSE 0 END), id)
    WHERE state IN ('unknown', 'failed', 'undelivered');
CREATE INDEX inbound_receipt_contact_index ON inbound_receipt (contact, at);
CREATE INDEX phone_call_ticket_index ON phone_call (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX phone_call_stale_index ON phone_call (stale_at) WHERE ended_at IS NULL;
"""
DROP_MESSAGE_INDEXES = """
DROP INDEX outbox_due_index, outbox_sending_index, outbox_ticket_index, outbox_message_index,
    outbox_recipient_index, outbox_subscription_index, outbox_unfinished_webhook_index,
    outbox_dead_letter_index, outbox_failed_index, inbound_receipt_contact_index,
    phone_call_ticket_index, phone_call_stale_index;
"""

# Customers are found by a prefix of their number, address or name; the unique indexes are in the
# database's collation, in which a prefix is no range.
CUSTOMER_INDEXES = """
CREATE INDEX customer_phone_prefix_index ON customer (phone text_pattern_ops)
    WHERE phone IS NOT NULL;
CREATE INDEX customer_email_prefix_index ON customer (email text_pattern_ops)
    WHERE email IS NOT NULL;
CREATE INDEX customer_name_prefix_index ON customer (lower(name) text_pattern_ops);
CREATE INDEX asset_customer_index ON asset (customer, id);
CREATE INDEX revisit_customer_index ON revisit (customer) WHERE state IN ('planned', 'held');
CREATE INDEX revisit_due_index ON revisit (due_on) WHERE state = 'planned';
CREATE INDEX revisit_done_index ON revisit (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX contact_log_customer_index ON contact_log (customer, at DESC);
"""
DROP_CUSTOMER_INDEXES = """
DROP INDEX customer_phone_prefix_index, customer_email_prefix_index,
    customer_name_prefix_index, asset_customer_index, revisit_customer_index,
    revisit_due_index, revisit_done_index, contact_log_customer_index;
"""

MONEY_AND_IMPORT_INDEXES = """
CREATE INDEX compensation_proposed_index ON compensation (proposed_at, id)
    WHERE state = 'proposed';
CREATE INDEX deposit_entry_supplier_index ON deposit_entry (supplier, id);
CREATE INDEX import_rejection_run_index ON import_rejection (run, line);
"""
DROP_MONEY_AND_IMPORT_INDEXES = """
DROP INDEX compensation_proposed_index, deposit_entry_supplier_index, import_rejection_run_index;
"""

APPEND_ONLY = """
CREATE FUNCTION reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE ON ticket_event
    FOR EACH ROW EXECUTE FUNCTION reject_change();
CREATE TRIGGER deposit_entry_append_only BEFORE UPDATE OR DELETE ON deposit_entry
    FOR EACH ROW EXECUTE FUNCTION reject_change();
CREATE TRIGGER text_version_append_only BEFORE UPDATE OR DELETE ON text_version
    FOR EACH ROW EXECUTE FUNCTION reject_change();
"""
DROP_APPEND_ONLY = """
DROP TRIGGER text_version_append_only ON text_version;
DROP TRIGGER deposit_entry_append_only ON deposit_entry;
DROP TRIGGER ticket_event_append_only ON ticket_event;
DROP FUNCTION reject_change();
"""

STEPS = (
    (SEARCH, DROP_SEARCH),
    (TICKET_INDEXES, DROP_TICKET_INDEXES),
    (CLOCK_INDEXES, DROP_CLOCK_INDEXES),
    (MESSAGE_INDEXES, DROP_MESSAGE_INDEXES),
    (CUSTOMER_INDEXES, DROP_CUSTOMER_INDEXES),
    (MONEY_AND_IMPORT_INDEXES, DROP_MONEY_AND_IMPORT_INDEXES),
    (APPEND_ONLY, DROP_APPEND_ONLY),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    for make, undo in STEPS:
        manager.add_raw(partial(_run, make))
        manager.add_raw_backwards(partial(_run, undo))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)  # many statements, which DB.run_ddl() refuses
