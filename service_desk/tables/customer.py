"""Customers, their tiers, revisits, and the contacts outside tickets."""

from piccolo.columns import (
    JSONB,
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
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from service_desk.rules.customers.revisit_cadence import (
    CONTACT_CHANNELS,
    OUTCOMES,
    REVISIT_KINDS,
    REVISIT_STATES,
)
from service_desk.rules.customers.tiering import TIERS
from service_desk.rules.tickets.vocabulary import DIRECTIONS
from service_desk.rules.words.languages import LOCALES
from service_desk.tables.conditions import one_of
from service_desk.tables.staff import Staff


class Customer(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(200)
    phone = Varchar(20, null=True, default=None, unique=True)  # E.164, in its present spelling
    phone_extension = Varchar(10, null=True, default=None)  # digits
    whatsapp_phone = Varchar(20, null=True, default=None)  # as WhatsApp spells it, if otherwise
    email = Varchar(254, null=True, default=None, unique=True)  # lower case
    handle = Varchar(
        80, null=True, default=None, unique=True
    )  # a short code or name that sends texts
    handle_wrote_at = Timestamptz(null=True, default=None)  # last, by that
    locale = Varchar(2)
    region = Varchar(100, null=True, default=None)
    tier = Varchar(1, default="C")
    tier_pinned = Boolean(default=False)
    spend_12m = BigInt(default=0)  # minor units
    owner = ForeignKey(Staff, on_delete=OnDelete.set_null)
    opted_out_at = Timestamptz(null=True, default=None)
    opted_in_at = Timestamptz(null=True, default=None)  # when they last opted in again
    last_contact_at = Timestamptz(null=True, default=None)
    last_whatsapp_at = Timestamptz(null=True, default=None)  # their last WhatsApp message
    created_at = Timestamptz()

    customer_locale_check = Check(one_of("locale", LOCALES))
    customer_tier_check = Check(one_of("tier", TIERS))


class CustomerPair(Table):
    """Two customers who are likely one: somebody gave the phone of one and the address of the
    other. `customer` has the lower id."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    other = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False, index=True)
    at = Timestamptz()

    customer_pair_unique = Unique(["customer", "other"])


class TierChange(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False, index=True)
    tier_before = Varchar(1)
    tier_after = Varchar(1)
    reason = JSONB()  # TierReason
    at = Timestamptz()

    tier_change_tier_before_check = Check(one_of("tier_before", TIERS))
    tier_change_tier_after_check = Check(one_of("tier_after", TIERS))


class TierReview(Table):
    """A month whose tiers have been recomputed: the row keeps it from happening twice."""

    month = Date(primary_key=True, default=None)  # its first day
    customer_count = Integer()
    changed_count = Integer()
    at = Timestamptz()


class Revisit(Table):
    """A planned follow-up contact."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    kind = Varchar(20)
    ticket = BigInt(null=True, default=None)  # the complaint an after_resolution call is about
    target_on = Date(default=None, null=True)  # the day by the cadence
    due_on = Date(default=None, null=True)  # the day that had capacity
    assignee = ForeignKey(Staff, on_delete=OnDelete.set_null)
    state = Varchar(20, default="planned")
    outcome = Varchar(20, null=True, default=None)
    attempts = SmallInt(default=0)
    note = Text(default="")
    created_at = Timestamptz()
    done_at = Timestamptz(null=True, default=None)

    revisit_kind_check = Check(one_of("kind", REVISIT_KINDS))
    revisit_state_check = Check(one_of("state", REVISIT_STATES))
    revisit_outcome_check = Check(one_of("outcome", OUTCOMES))


class RevisitPlanning(Table):
    """A day that has been planned, and when last: the row keeps every minute from planning it."""

    day = Date(primary_key=True, default=None)
    planned_count = Integer()  # by the last run
    at = Timestamptz()


class ContactLog(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    staff = ForeignKey(Staff, on_delete=OnDelete.set_null)
    ticket = BigInt(null=True, default=None)
    revisit = ForeignKey(Revisit, on_delete=OnDelete.set_null)
    channel = Varchar(20)
    direction = Varchar(3)
    two_way = Boolean(default=False)
    note = Text(default="")
    at = Timestamptz()

    contact_log_channel_check = Check(one_of("channel", CONTACT_CHANNELS))
    contact_log_direction_check = Check(one_of("direction", DIRECTIONS))
