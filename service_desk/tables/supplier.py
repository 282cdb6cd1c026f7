"""Suppliers, the actions proposed by the ladder with their evidence, and the deposit ledger."""

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

from service_desk.rules.suppliers.actions import ACTION_STATES
from service_desk.rules.suppliers.ladder import RUNGS
from service_desk.rules.suppliers.ledger import ENTRY_KINDS
from service_desk.rules.words.languages import LOCALES
from service_desk.tables.conditions import one_of
from service_desk.tables.staff import Staff
from service_desk.tables.triage import Category


class Supplier(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(200, unique=True)
    email = Varchar(254, null=True, default=None)
    phone = Varchar(20, null=True, default=None)  # E.164
    phone_extension = Varchar(10, null=True, default=None)  # digits
    locale = Varchar(2, default="zh")
    contact_name = Varchar(100, default="")
    contract_started_on = Date(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)
    ladder_checked_at = Timestamptz(null=True, default=None)  # null: what it rests on has changed
    created_at = Timestamptz()

    supplier_locale_check = Check(one_of("locale", LOCALES))


class SupplierAction(Table):
    """One rung of the ladder, proposed by the worker exactly once, with its evidence."""

    id = BigSerial(primary_key=True)
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict, null=False)
    category = ForeignKey(Category, on_delete=OnDelete.restrict)
    month = Date(default=None)  # its first day
    rung = Varchar(30)
    state = Varchar(20, default="proposed")
    offences = Integer(default=0)
    evidence = JSONB(default="[]")  # ticket numbers
    because = JSONB(default="{}")
    flagged_at = Timestamptz(null=True, default=None)  # approved, but its evidence changed
    flagged_tickets = JSONB(default="[]")  # the tickets that no longer support it
    proposed_at = Timestamptz()
    decided_at = Timestamptz(null=True, default=None)
    decided_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    approved_at = Timestamptz(null=True, default=None)  # kept when it is overturned
    decision_note = Text(default="")

    supplier_action_unique = Unique(["supplier", "category", "month", "rung"], nulls_distinct=False)
    supplier_action_rung_check = Check(one_of("rung", RUNGS))
    supplier_action_state_check = Check(one_of("state", ACTION_STATES))


class DepositEntry(Table):
    """Append-only. The balance is the sum of the amounts; a reversal undoes an entry."""

    id = BigSerial(primary_key=True)
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict, null=False)
    kind = Varchar(20)
    amount = BigInt()  # minor units, signed
    currency = Varchar(3, default="CNY")
    reason = Varchar(300)
    action = ForeignKey(SupplierAction, on_delete=OnDelete.restrict)
    reverses = ForeignKey("self", on_delete=OnDelete.restrict, unique=True)  # pyright: ignore[reportUnknownVariableType] - Piccolo types no reference to a table by name
    recorded_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    at = Timestamptz()

    deposit_entry_kind_check = Check(one_of("kind", ENTRY_KINDS))
