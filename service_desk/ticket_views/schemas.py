"""Tickets as REST and the pages show them (DESIGN §3)."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from service_desk.assets.schemas import AssetView
from service_desk.attachments.schemas import AttachmentView
from service_desk.clocks.versions import Version
from service_desk.rules.clocks.fold import ClockState
from service_desk.rules.clocks.ranking import RankReason
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.messages.vocabulary import OutboxState
from service_desk.rules.tickets.event_types import EVENT_TYPES
from service_desk.rules.tickets.states import TicketState
from service_desk.rules.tickets.vocabulary import (
    Cause,
    Channel,
    ClockName,
    CompensationState,
    Direction,
    Kind,
    Severity,
    Visibility,
)
from service_desk.rules.words.languages import Locale


class ClockView(msgspec.Struct, frozen=True):
    """`remaining_seconds`: working time, negative when overdue. `policy`, `calendar`: the versions
    that apply; without a calendar, around the clock."""

    name: ClockName
    ordinal: int
    started_at: datetime
    due_at: datetime
    state: ClockState
    met_at: datetime | None
    paused_at: datetime | None
    remaining_seconds: int
    target_seconds: int
    due_set_manually: bool
    policy: Version
    calendar: Version | None


class RankView(msgspec.Struct, frozen=True):
    rank_at: datetime | None
    because: tuple[RankReason, ...]


class MessageView(msgspec.Struct, frozen=True):
    """`ticket`: number of the ticket that it was written on, which may have been merged into this
    one. `channel`: null for notes. `delivery`: its state in the outbox, null if it was not sent;
    `delivery_id`: its id there."""

    id: int
    ticket: str
    direction: Direction
    visibility: Visibility
    channel: Channel | None
    author: str | None
    automatic: bool
    body: str
    at: datetime
    attachments: list[AttachmentView]
    delivery: OutboxState | None
    delivery_error: str | None
    delivery_id: int | None


EventType = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(EVENT_TYPES)})]


class EventView(msgspec.Struct, frozen=True):
    """What `data` has for each type: docs/reference/events.md."""

    type: EventType
    at: datetime
    recorded_at: datetime
    actor: str
    data: dict[str, Any]


class CompensationView(msgspec.Struct, frozen=True):
    """`amount` in minor units. `recovered`: from the supplier's deposit. `proposed_by`,
    `decided_by`: names; null if the account is deleted, or nobody has decided yet."""

    id: int
    amount: int
    currency: str
    reason: str
    state: CompensationState
    recovered: bool
    proposed_by: str | None
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None


class TicketCustomerView(msgspec.Struct, frozen=True):
    id: int
    name: str
    phone: str | None
    phone_extension: str | None
    email: str | None
    locale: Locale
    tier: Tier
    region: str | None
    opted_out: bool
    whatsapp_until: datetime | None  # end of WhatsApp's 24 hours; null without a message there
    messenger: str | None = None  # their address there, if they write by Facebook Messenger
    messenger_until: datetime | None = None


class TicketView(msgspec.Struct, frozen=True):
    """The whole ticket. `callback_requested_at`: since when the customer has been waiting for a
    callback. `asset`: found by serial number, with the warranty as of the day of receipt.
    `version`: grows with the history; what is sent with it rests on this ticket as it is."""

    number: str
    kind: Kind
    subject: str
    description: str
    state: TicketState
    severity: Severity
    channel: Channel
    locale: Locale
    customer: TicketCustomerView
    product: str | None
    serial_number: str | None
    category: str | None
    category_confirmed: bool
    cause: Cause
    supplier: str | None
    assignee: str | None
    assignee_name: str | None
    external_id: str | None
    duplicate_of: str | None
    linked_to: str | None
    merged_into: str | None
    received_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    callback_requested_at: datetime | None
    resolution: str
    rating: int | None
    tracking_url: str
    clocks: tuple[ClockView, ...]
    rank: RankView
    messages: list[MessageView]
    events: list[EventView]
    version: int
    compensations: list[CompensationView]
    asset: AssetView | None = None


class TicketSummary(msgspec.Struct, frozen=True):
    """A row of the queue or of a list."""

    id: int
    number: str
    kind: Kind
    subject: str
    state: TicketState
    severity: Severity
    channel: Channel
    customer_name: str
    customer_phone: str | None
    tier: Tier
    category: str | None
    supplier: str | None
    assignee: str | None
    assignee_name: str | None
    duplicate_of: str | None
    received_at: datetime
    last_message_at: datetime
    callback_requested_at: datetime | None
    rank_at: datetime | None
    rank_because: tuple[RankReason, ...]
    breached: bool
    overdue: bool


class TicketFilters(msgspec.Struct, frozen=True):
    """Filters of the queue and of the list. `assignee`: an e-mail address, or "none". `state`: a
    state, or "any". `breached`: whether a clock was met late or is overdue; `overdue`: whether one
    is overdue now. `callback`: whether the customer is waiting for a callback."""

    state: TicketState | Literal["any"] | None = None
    kind: Kind | None = None
    severity: Severity | None = None
    assignee: str | None = None
    supplier: str | None = None
    category: str | None = None
    tier: Tier | None = None
    breached: bool | None = None
    overdue: bool | None = None
    callback: bool | None = None
    q: str | None = None
    phone: str | None = None
    email: str | None = None
    external_id: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    customer: int | None = None
