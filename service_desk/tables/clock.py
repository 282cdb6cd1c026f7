"""Clocks as rows, and the alerts that they raise."""

from piccolo.columns import (
    JSONB,
    Array,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from service_desk.rules.clocks.clock import PHASES
from service_desk.rules.policies.policies import RECIPIENTS
from service_desk.rules.tickets.vocabulary import CLOCK_NAMES
from service_desk.tables.conditions import all_of, one_of
from service_desk.tables.sla import CalendarVersion, PolicyVersion
from service_desk.tables.ticket import Ticket


class SlaClock(Table, tablename="clock"):
    """One SLA timer of one ticket: the state that rules/clocks/fold.py computes from its events."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    name = Varchar(20)
    ordinal = SmallInt(default=1)
    phase = Varchar(10)
    started_at = Timestamptz()
    due_at = Timestamptz()
    met_at = Timestamptz(null=True, default=None)
    paused_at = Timestamptz(null=True, default=None)
    anchor_at = Timestamptz()
    anchor_elapsed = Integer(default=0)
    paused_seconds = Integer(default=0)
    target_seconds = Integer()
    due_set_manually = Boolean(default=False)
    policy_version = ForeignKey(PolicyVersion, on_delete=OnDelete.restrict, null=False)
    calendar_version = ForeignKey(CalendarVersion, on_delete=OnDelete.restrict)
    cancelled_at = Timestamptz(null=True, default=None)
    level_reached = SmallInt(default=0)  # the last percentage recorded
    next_level = SmallInt(null=True, default=None)
    next_level_at = Timestamptz(null=True, default=None)  # when the sweep is due

    clock_unique = Unique(["ticket", "name", "ordinal"])
    clock_name_check = Check(one_of("name", CLOCK_NAMES))
    clock_phase_check = Check(one_of("phase", PHASES))


class StaffAlert(Table):
    """A level that a clock reached, with its recipients; sent in digests."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False, index=True)
    clock = ForeignKey(SlaClock, on_delete=OnDelete.restrict, null=False)
    percent = SmallInt()
    recipients = Array(base_column=Varchar(20))
    at = Timestamptz()
    notify_after = Timestamptz()  # after quiet hours
    notified_staff = JSONB(default="[]")  # ids of the recipients notified so far
    notified_at = Timestamptz(null=True, default=None)  # when all were

    staff_alert_recipients_check = Check(all_of("recipients", RECIPIENTS))
    staff_alert_unique = Unique(["clock", "percent", "at"])  # again under other terms
