"""Answers that never arrived; phrases that are harmless. (Their index, and the checks: the next file.)"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    Array,
    BigSerial,
    Boolean,
    ForeignKey,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check
from piccolo.table import Table

ID = "2026-11-30T21:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "Answers that never arrived"

KINDS = """kind IN ('safety', 'assigned', 'customer_message', 'referred', 'answered',
 'supplier_answer', 'decision_waiting', 'low_rating', 'message_failed', 'clock_level')"""


class Staff(Table):
    id = BigSerial(primary_key=True)


class Ticket(Table):
    id = BigSerial(primary_key=True)


class Notification(Table):
    id = BigSerial(primary_key=True)
    staff = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False)
    kind = Varchar(20)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, index=True)
    at = Timestamptz()
    read_at = Timestamptz(null=True, default=None)
    sent_by = Array(base_column=Varchar(5))

    notification_kind_check = Check(KINDS)
    notification_sent_by_check = Check("sent_by <@ ARRAY['sms', 'email']::varchar[]")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    params = Boolean(default=False)._meta.params
    manager.add_column("Outbox", "outbox", "counted", column_class=Boolean, params=params)
    manager.add_column("SafetyWord", "safety_word", "harmless", column_class=Boolean, params=params)
    channels = Array(base_column=Varchar(5))._meta.params
    manager.add_column("Staff", "staff", "notify_by", column_class=Array, params=channels)
    dealt_at = Timestamptz(null=True, default=None)._meta.params
    manager.add_column(
        "Rating", "rating", "dealt_with_at", column_class=Timestamptz, params=dealt_at
    )
    dealt_by = ForeignKey(Staff, on_delete=OnDelete.set_null)._meta.params
    manager.add_column(
        "Rating", "rating", "dealt_with_by", column_class=ForeignKey, params=dealt_by
    )
    manager.add_table("Notification", "notification")
    for column in Notification._meta.columns:
        manager.add_column(
            "Notification",
            "notification",
            column._meta.name,
            column_class=type(column),
            params=column._meta.params,
        )
    for check in Notification._meta.constraints:
        manager.add_constraint(
            "Notification",
            "notification",
            check._meta.name,
            constraint_class=type(check),
            params=check._meta.params,
        )
    check = Check("notify_by <@ ARRAY['sms', 'email']::varchar[]")
    manager.add_constraint(
        "Staff", "staff", "staff_notify_by_check", constraint_class=Check, params=check._meta.params
    )
    return manager
