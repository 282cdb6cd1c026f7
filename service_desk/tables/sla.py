"""SLA policies and business calendars. An edit makes a new version; versions never change."""

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from service_desk.tables.staff import Staff


class PolicyVersion(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(60)
    version = Integer()
    position = Integer()  # policies are tried in ascending order; the first match applies
    body = JSONB()  # rules/policies/policies.py: Policy
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    retired_at = Timestamptz(null=True, default=None)  # since then not for new tickets

    policy_version_unique = Unique(["name", "version"])


class PolicyMove(Table):
    """A policy changed places with its neighbour in the order in which policies are tried."""

    id = BigSerial(primary_key=True)
    name = Varchar(60)
    swapped_with = Varchar(60)
    up = Boolean()
    moved_at = Timestamptz()
    moved_by = ForeignKey(Staff, on_delete=OnDelete.set_null)


class CalendarVersion(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(60)
    version = Integer()
    body = JSONB()  # rules/calendars/business_time.py: Calendar
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    retired_at = Timestamptz(null=True, default=None)

    calendar_version_unique = Unique(["name", "version"])


class SlaRollout(Table):
    """New terms being applied to the open tickets, in order of id; resumed after a crash."""

    id = BigSerial(primary_key=True)
    requested_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    requested_at = Timestamptz()
    subject = JSONB()  # rules/policies/rollouts.py: RolloutSubject
    last_ticket = BigInt(default=0)  # the last ticket processed
    changed = Integer(default=0)
    finished_at = Timestamptz(null=True, default=None)
