"""Who we serve, and every contact with them."""

from piccolo.columns import (
    BigInt,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check
from piccolo.table import Table

from service_desk.tables.staff import Staff


class Customer(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(200)
    phone = Varchar(20, null=True, default=None, unique=True)  # E.164
    email = Varchar(254, null=True, default=None, unique=True)  # lower case
    handle = Varchar(80, null=True, default=None, unique=True)  # a short code or name that texts
    locale = Varchar(2)
    region = Varchar(100, null=True, default=None)
    tier = Varchar(1, default="C")
    tier_pinned = Boolean(default=False)
    spend_12m = BigInt(default=0)  # minor units
    owner = ForeignKey(Staff, on_delete=OnDelete.set_null)
    opted_out_at = Timestamptz(null=True, default=None)
    opted_in_at = Timestamptz(null=True, default=None)  # when they last came back
    last_contact_at = Timestamptz(null=True, default=None)
    whatsapp_at = Timestamptz(null=True, default=None)  # when they last wrote by WhatsApp
    created_at = Timestamptz()

    customer_tier_check = Check("tier IN ('A', 'B', 'C')")


class TierChange(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False, index=True)
    tier_before = Varchar(1)
    tier_after = Varchar(1)
    because = Varchar(200)
    at = Timestamptz()


class TierReview(Table):
    """A month whose tiers have been computed, so that it is done once."""

    month = Date(primary_key=True, default=None)  # its first day
    customers = Integer()
    changed = Integer()
    at = Timestamptz()


class Revisit(Table):
    """A planned follow-up contact."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    kind = Varchar(20)  # call, visit, after_resolution, agreed
    ticket = BigInt(null=True, default=None)  # the complaint an after_resolution call is about
    target_on = Date(default=None, null=True)  # what the cadence asks for
    due_on = Date(default=None, null=True)  # what the planner found room for
    assignee = ForeignKey(Staff, on_delete=OnDelete.set_null)
    state = Varchar(20, default="planned")
    outcome = Varchar(20, null=True, default=None)
    attempts = SmallInt(default=0)
    note = Text(default="")
    created_at = Timestamptz()
    done_at = Timestamptz(null=True, default=None)

    revisit_state_check = Check("state IN ('planned', 'held', 'done', 'cancelled')")


class ContactLog(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    staff = ForeignKey(Staff, on_delete=OnDelete.set_null)
    ticket = BigInt(null=True, default=None)
    revisit = ForeignKey(Revisit, on_delete=OnDelete.set_null)
    channel = Varchar(20)
    direction = Varchar(3)  # in, out
    two_way = Boolean(default=False)
    note = Text(default="")
    at = Timestamptz()
