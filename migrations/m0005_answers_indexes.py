"""What Piccolo cannot do together with the columns of the file before: its statements come first."""

from collections.abc import Sequence
from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

from migrations import m0001_tables as start
from service_desk.database import DB

ID = "2026-11-30T21:00:05:500000"
VERSION = "1.38.0"
DESCRIPTION = "Answers that never arrived: index and checks"

EVENT_TYPES = (
    "call.ended", "call.logged", "callback.requested", "clock.breached", "clock.cancelled",
    "clock.due_moved", "clock.level_reached", "clock.met", "clock.paused", "clock.resumed",
    "clock.started", "compensation.approved", "compensation.proposed", "compensation.rejected",
    "due.set", "message.failed", "message.marked_as_sent", "message.moved",
    "message.no_reply_needed", "message.received", "message.resent", "message.sent",
    "note.added", "plan.recorded", "promise.made", "rating.given", "referral.answered",
    "severity.raised", "sla.policy_applied", "staff.notified", "ticket.absorbed",
    "ticket.assigned", "ticket.classified", "ticket.closed", "ticket.linked", "ticket.merged",
    "ticket.opened", "ticket.referred", "ticket.reopened", "ticket.resolved", "ticket.resumed",
    "ticket.waiting",
)  # fmt: skip
PURPOSES = """CASE WHEN channel = 'webhook' THEN purpose IN (
    'ticket.opened', 'ticket.assigned', 'ticket.resolved', 'ticket.closed', 'ticket.reopened',
    'ticket.merged', 'message.received', 'message.sent', 'clock.breached', 'rating.given',
    'webhook.test') ELSE purpose IN ('acknowledgement', 'reply', 'auto_reply', 'rating_request',
    'low_rating', 'alert_digest', 'supplier_notice', 'notification') END"""

# Read every second; as in service_desk/tickets/unknown_outcomes.py.
INDEXES = """
CREATE INDEX outbox_never_arrived_index ON outbox (id)
    WHERE counted AND state IN ('suppressed', 'failed', 'undelivered');
CREATE INDEX rating_low_index ON rating (rated_at) WHERE score <= 2 AND dealt_with_at IS NULL;
CREATE INDEX notification_staff_index ON notification (staff, id);
CREATE INDEX notification_unread_index ON notification (staff) WHERE read_at IS NULL;
"""
DROP_INDEXES = """
DROP INDEX rating_low_index, outbox_never_arrived_index, notification_staff_index, notification_unread_index;
"""

# As queue_order() of service_desk/tables/conditions.py has it: safety first.
_QUEUES = {
    "ticket_queue_index": "",
    "ticket_unassigned_queue_index": " AND assignee IS NULL",
    "ticket_callback_index": " AND callback_requested_at IS NOT NULL",
}


def queue_indexes(first: str) -> str:
    return "".join(
        f"DROP INDEX {name}; CREATE INDEX {name} ON ticket "
        f"({first}coalesce(rank_at, 'infinity'), received_at, id) "
        f"WHERE state NOT IN ('resolved', 'closed'){condition};"
        for name, condition in _QUEUES.items()
    )


# The release before does not know these events: it could not read a ticket that has one.
FORGET_EVENTS = """
SET LOCAL session_replication_role = replica;
DELETE FROM outbox WHERE purpose = 'notification';
DELETE FROM ticket_event WHERE type = 'message.failed';
SET LOCAL session_replication_role = origin;
"""


# A level is announced again when it is reached again, under other terms.
ALERTS = """
ALTER TABLE staff_alert DROP CONSTRAINT staff_alert_unique;
ALTER TABLE staff_alert ADD CONSTRAINT staff_alert_unique UNIQUE (clock, percent, at);
"""
DROP_ALERTS = """
DELETE FROM staff_alert newer USING staff_alert older WHERE older.clock = newer.clock
    AND older.percent = newer.percent AND older.id < newer.id;
ALTER TABLE staff_alert DROP CONSTRAINT staff_alert_unique;
ALTER TABLE staff_alert ADD CONSTRAINT staff_alert_unique UNIQUE (clock, percent);
"""


def one_of(column: str, values: Sequence[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def condition_of(check: Check) -> str:
    return check._meta.params["condition"]


# Table, check, what it allows from now on, and what it allowed before.
CHECKS = (
    (
        "ticket_event",
        "ticket_event_type_check",
        one_of("type", EVENT_TYPES),
        condition_of(start.TicketEvent.ticket_event_type_check),
    ),
    (
        "outbox",
        "outbox_purpose_check",
        PURPOSES,
        condition_of(start.Outbox.outbox_purpose_check),
    ),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw_backwards(partial(_run, FORGET_EVENTS))
    for table, name, now, before in CHECKS:
        manager.add_raw(partial(_run, replace_check(table, name, now)))
        manager.add_raw_backwards(partial(_run, replace_check(table, name, before)))
    manager.add_raw(partial(_run, INDEXES))
    manager.add_raw_backwards(partial(_run, DROP_INDEXES))
    manager.add_raw(partial(_run, ALERTS))
    manager.add_raw_backwards(partial(_run, DROP_ALERTS))
    first = "(severity <> 'safety' OR rank_at IS NULL), "
    manager.add_raw(partial(_run, queue_indexes(first)))
    manager.add_raw_backwards(partial(_run, queue_indexes("")))
    return manager


def replace_check(table: str, name: str, condition: str) -> str:
    return (
        f"ALTER TABLE {table} DROP CONSTRAINT {name}; "
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition});"
    )


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
