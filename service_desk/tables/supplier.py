"""Suppliers, the ladder's proposals with their evidence, and the deposit ledger."""

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from service_desk.tables.category import Category
from service_desk.tables.staff import Staff


class Supplier(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(200, unique=True)
    email = Varchar(254, null=True, default=None)
    phone = Varchar(20, null=True, default=None)
    locale = Varchar(2, default="zh")
    contact_name = Varchar(100, default="")
    contract_started_on = Date(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()


class SupplierAction(Table):
    """One rung, proposed by the worker exactly once, with the tickets it rests on."""

    id = BigSerial(primary_key=True)
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict, null=False)
    category = ForeignKey(Category, on_delete=OnDelete.restrict)
    month = Date(default=None)  # first day of the month it is about
    rung = Varchar(30)
    state = Varchar(20, default="proposed")
    offences = Integer(default=0)
    evidence = JSONB(default="[]")  # ticket numbers
    because = JSONB(default="{}")
    flagged_at = Timestamptz(null=True, default=None)  # approved, but the evidence changed since
    flagged_tickets = JSONB(default="[]")  # ticket numbers that no longer bear it out
    proposed_at = Timestamptz()
    decided_at = Timestamptz(null=True, default=None)
    decided_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    approved_at = Timestamptz(null=True, default=None)  # of one that was overturned since
    decision_note = Text(default="")

    supplier_action_unique = Unique(["supplier", "category", "month", "rung"], nulls_distinct=False)
    supplier_action_state_check = Check(
        "state IN ('proposed', 'approved', 'rejected', 'withdrawn', 'overturned')"
    )


class DepositEntry(Table):
    """Append-only. The balance is the sum; a row is undone by its counter-row."""

    id = BigSerial(primary_key=True)
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict, null=False)
    kind = Varchar(20)  # deposit, forfeit, fund, fine, recovery, debt, counter
    amount = BigInt()  # minor units, signed
    currency = Varchar(3, default="CNY")
    reason = Varchar(300)
    action = ForeignKey(SupplierAction, on_delete=OnDelete.restrict)
    counters = ForeignKey("self", on_delete=OnDelete.restrict, unique=True)  # pyright: ignore[reportUnknownVariableType]
    recorded_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    at = Timestamptz()
