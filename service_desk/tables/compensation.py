"""Compensation: paid to the customer, then recovered from the supplier's deposit."""

from piccolo.columns import BigInt, BigSerial, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from service_desk.rules.tickets.vocabulary import COMPENSATION_STATES
from service_desk.tables.conditions import one_of
from service_desk.tables.staff import Staff
from service_desk.tables.supplier import Supplier
from service_desk.tables.ticket import Ticket


class Compensation(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False, index=True)
    amount = BigInt()  # minor units
    currency = Varchar(3, default="CNY")
    reason = Varchar(500)
    state = Varchar(10, default="proposed")
    proposed_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    proposed_at = Timestamptz()
    decided_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    decided_at = Timestamptz(null=True, default=None)
    recovered_from = ForeignKey(Supplier, on_delete=OnDelete.restrict)  # from its deposit

    compensation_amount_check = Check("amount > 0")
    compensation_state_check = Check(one_of("state", COMPENSATION_STATES))
