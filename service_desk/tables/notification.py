"""What members of staff were notified of."""

from piccolo.columns import Array, BigSerial, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from service_desk.rules.messages.vocabulary import NOTIFICATION_KINDS, NOTIFY_BY
from service_desk.tables.clock import StaffAlert
from service_desk.tables.conditions import all_of, one_of
from service_desk.tables.staff import Staff
from service_desk.tables.supplier import Supplier
from service_desk.tables.ticket import Ticket


class Notification(Table):
    id = BigSerial(primary_key=True)
    staff = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False)
    kind = Varchar(20)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, index=True)
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict)  # what is not about a ticket
    alert = ForeignKey(StaffAlert, on_delete=OnDelete.restrict, index=True)  # of a clock's level
    at = Timestamptz()
    read_at = Timestamptz(null=True, default=None)
    sent_by = Array(base_column=Varchar(5))  # besides the screen

    notification_kind_check = Check(one_of("kind", NOTIFICATION_KINDS))
    notification_sent_by_check = Check(all_of("sent_by", NOTIFY_BY))
