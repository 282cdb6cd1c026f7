"""What was typed in wrong can be put right, and reports as of before know it."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.m0005_answers_indexes import one_of
from migrations.m0008_answers_checks import EVENT_TYPES as BEFORE
from service_desk.database import DB

ID = "2026-11-30T23:00:09:000000"
VERSION = "1.38.0"
DESCRIPTION = "Corrections of tickets"

NEW = "ticket.corrected"
EVENT_TYPES = (
    "call.ended", "call.logged", "callback.requested", "clock.breached", "clock.cancelled",
    "clock.due_moved", "clock.level_reached", "clock.met", "clock.paused", "clock.resumed",
    "clock.started", "compensation.approved", "compensation.proposed", "compensation.rejected",
    "due.set", "message.failed", "message.marked_as_sent", "message.moved",
    "message.no_reply_needed", "message.received", "message.resent", "message.sent",
    "message.sent_later", "note.added", "plan.recorded", "promise.made", "rating.dealt_with",
    "rating.given", "referral.answered", "severity.raised", "sla.policy_applied",
    "staff.notified", "ticket.absorbed", "ticket.assigned", "ticket.classified", "ticket.closed",
    "ticket.corrected", "ticket.linked", "ticket.merged", "ticket.opened", "ticket.referred",
    "ticket.reopened", "ticket.resolved", "ticket.resumed", "ticket.waiting",
)  # fmt: skip
CHANGES = (
    *("ticket.opened", "ticket.classified", "severity.raised", "ticket.assigned"),
    *("ticket.waiting", "ticket.resumed", "ticket.resolved", "ticket.closed"),
    *("ticket.reopened", "ticket.merged"),
)

# The release before does not know these events: it could not read a ticket that has one.
FORGET_EVENTS = """
SET LOCAL session_replication_role = replica;
DELETE FROM ticket_event WHERE type = 'ticket.corrected';
SET LOCAL session_replication_role = origin;
"""


def event_types(types: tuple[str, ...]) -> str:
    return f"""
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_type_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_type_check CHECK ({one_of("type", types)});
"""


def change_index(types: tuple[str, ...]) -> str:
    """As CHANGE_EVENTS in service_desk/reports/figures/ticket_snapshots.py has them."""
    return f"""
DROP INDEX ticket_event_change_index;
CREATE INDEX ticket_event_change_index ON ticket_event (recorded_at, ticket)
    WHERE {one_of("type", types)};
"""


STEPS = (
    (event_types(EVENT_TYPES), event_types(BEFORE)),
    (change_index((*CHANGES, NEW)), change_index(CHANGES)),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw_backwards(partial(_run, FORGET_EVENTS))
    for make, undo in STEPS:
        manager.add_raw(partial(_run, make))
        manager.add_raw_backwards(partial(_run, undo))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
