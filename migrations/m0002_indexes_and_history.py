"""What Piccolo's auto-migrations cannot say: composite and partial indexes, append-only tables."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T18:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of the hot paths, the search column, append-only history"

FORWARDS = """
ALTER TABLE ticket ADD COLUMN search tsvector;
CREATE INDEX ticket_search_index ON ticket USING gin (search);

-- The queue: one order, read by keyset; tickets without a clock to meet come last, by age.
CREATE INDEX ticket_queue_index ON ticket (coalesce(rank_at, 'infinity'), received_at, id)
    WHERE state NOT IN ('resolved', 'closed');
CREATE INDEX ticket_unassigned_queue_index
    ON ticket (coalesce(rank_at, 'infinity'), received_at, id)
    WHERE state NOT IN ('resolved', 'closed') AND assignee IS NULL;
CREATE INDEX ticket_received_index ON ticket (received_at, id);
CREATE INDEX ticket_resolved_at_index ON ticket (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX ticket_closing_index ON ticket (resolved_at) WHERE state = 'resolved';
CREATE INDEX ticket_customer_index ON ticket (customer, received_at DESC);
CREATE INDEX ticket_supplier_index ON ticket (supplier, received_at) WHERE supplier IS NOT NULL;
CREATE INDEX ticket_assignee_index ON ticket (assignee) WHERE state NOT IN ('resolved', 'closed');
CREATE INDEX ticket_external_id_index ON ticket (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX ticket_event_ticket_index ON ticket_event (ticket, id);
CREATE INDEX message_ticket_index ON message (ticket, id);
CREATE INDEX clock_due_index ON clock (next_level_at) WHERE next_level_at IS NOT NULL;
CREATE INDEX staff_alert_pending_index ON staff_alert (at) WHERE notified_at IS NULL;
CREATE INDEX staff_alert_ticket_index ON staff_alert (ticket);
CREATE INDEX outbox_due_index ON outbox (next_attempt_at) WHERE state = 'queued';
CREATE INDEX outbox_sending_index ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_ticket_index ON outbox (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX outbox_message_index ON outbox (message) WHERE message IS NOT NULL;
CREATE INDEX outbox_recipient_index ON outbox (recipient, id);
CREATE INDEX phone_call_ticket_index ON phone_call (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX revisit_customer_index ON revisit (customer) WHERE state IN ('planned', 'held');
CREATE INDEX revisit_due_index ON revisit (due_on) WHERE state = 'planned';
CREATE INDEX contact_log_customer_index ON contact_log (customer, at DESC);
CREATE INDEX tier_change_customer_index ON tier_change (customer);
CREATE INDEX deposit_entry_supplier_index ON deposit_entry (supplier, id);
CREATE INDEX import_rejection_run_index ON import_rejection (run, line);
CREATE INDEX api_token_staff_index ON api_token (staff);

CREATE FUNCTION reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE ON ticket_event
    FOR EACH ROW EXECUTE FUNCTION reject_change();
CREATE TRIGGER deposit_entry_append_only BEFORE UPDATE OR DELETE ON deposit_entry
    FOR EACH ROW EXECUTE FUNCTION reject_change();
"""

BACKWARDS = """
DROP TRIGGER deposit_entry_append_only ON deposit_entry;
DROP TRIGGER ticket_event_append_only ON ticket_event;
DROP FUNCTION reject_change();
DROP INDEX api_token_staff_index, import_rejection_run_index, deposit_entry_supplier_index,
    tier_change_customer_index, contact_log_customer_index, revisit_due_index,
    revisit_customer_index, phone_call_ticket_index, outbox_recipient_index, outbox_message_index,
    outbox_ticket_index, outbox_sending_index, outbox_due_index, staff_alert_ticket_index,
    staff_alert_pending_index, clock_due_index, message_ticket_index, ticket_event_ticket_index,
    ticket_external_id_index, ticket_assignee_index, ticket_supplier_index, ticket_customer_index,
    ticket_closing_index, ticket_resolved_at_index, ticket_received_index,
    ticket_unassigned_queue_index, ticket_queue_index, ticket_search_index;
ALTER TABLE ticket DROP COLUMN search;
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
