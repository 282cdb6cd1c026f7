"""The ticket with its messages, rating, and append-only history."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigSerial,
    Boolean,
    ForeignKey,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check
from piccolo.table import Table

from service_desk.rules.tickets.event_types import EVENT_TYPES
from service_desk.rules.tickets.states import TICKET_STATES
from service_desk.rules.tickets.vocabulary import (
    CAUSES,
    CHANNELS,
    DIRECTIONS,
    KINDS,
    SEVERITIES,
    VISIBILITIES,
)
from service_desk.rules.words.languages import LOCALES
from service_desk.tables.conditions import one_of
from service_desk.tables.customer import Customer
from service_desk.tables.staff import Staff
from service_desk.tables.supplier import Supplier
from service_desk.tables.triage import Category


class Ticket(Table):
    id = BigSerial(primary_key=True)
    number = Varchar(20, unique=True)
    token = Varchar(43, unique=True, secret=True)  # opens /t/{token}
    kind = Varchar(20)
    severity = Varchar(10, default="normal")
    state = Varchar(20, default="new")
    channel = Varchar(20)
    subject = Varchar(200)
    description = Text()
    locale = Varchar(2)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    product = Varchar(200, null=True, default=None)
    serial_number = Varchar(100, null=True, default=None)
    category = ForeignKey(Category, on_delete=OnDelete.restrict)
    category_confirmed = Boolean(default=False)
    cause = Varchar(20, default="unknown")
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict)
    assignee = ForeignKey(Staff, on_delete=OnDelete.set_null)
    external_id = Varchar(100, null=True, default=None)
    # A likely duplicate: agents decide.
    duplicate_of: ForeignKey[Any] = ForeignKey("self", on_delete=OnDelete.set_null)
    linked_to: ForeignKey[Any] = ForeignKey("self", on_delete=OnDelete.set_null)
    merged_into: ForeignKey[Any] = ForeignKey("self", on_delete=OnDelete.restrict)
    received_at = Timestamptz()
    resolved_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    reopen_count = SmallInt(default=0)
    resolution = Text(default="")
    last_message_at = Timestamptz()
    callback_requested_at = Timestamptz(null=True, default=None)  # until an answered call
    rank_at = Timestamptz(null=True, default=None)
    rank_because = JSONB(default="[]")
    earlier_complaints = SmallInt(default=0)

    ticket_state_check = Check(one_of("state", TICKET_STATES))
    ticket_kind_check = Check(one_of("kind", KINDS))
    ticket_severity_check = Check(one_of("severity", SEVERITIES))
    ticket_cause_check = Check(one_of("cause", CAUSES))
    ticket_channel_check = Check(one_of("channel", CHANNELS))
    ticket_locale_check = Check(one_of("locale", LOCALES))


class TicketEvent(Table):
    """The history. A trigger refuses every UPDATE and DELETE."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    type = Varchar(40)
    at = Timestamptz()  # when it happened
    recorded_at = Timestamptz()  # when we recorded it: later, if a worker was late
    actor = Varchar(40)  # customer, system, staff:7
    data = JSONB(default="{}")

    ticket_event_type_check = Check(one_of("type", EVENT_TYPES))


class Message(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    direction = Varchar(3)
    visibility = Varchar(6, default="public")
    channel = Varchar(20, null=True, default=None)  # null: a note
    author = ForeignKey(Staff, on_delete=OnDelete.set_null)
    automatic = Boolean(default=False)
    body = Text()
    provider_id = Varchar(64, null=True, default=None, unique=True)  # MessageSid, RecordingSid
    at = Timestamptz()

    message_direction_check = Check(one_of("direction", DIRECTIONS))
    message_visibility_check = Check(one_of("visibility", VISIBILITIES))
    message_channel_check = Check(one_of("channel", CHANNELS))


class Rating(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False, unique=True)
    requested_at = Timestamptz()
    score = SmallInt(null=True, default=None)
    rated_at = Timestamptz(null=True, default=None)
    dealt_with_at = Timestamptz(null=True, default=None)  # a low one, by a supervisor
    dealt_with_by = ForeignKey(Staff, on_delete=OnDelete.set_null)

    rating_score_check = Check("score BETWEEN 1 AND 5")
