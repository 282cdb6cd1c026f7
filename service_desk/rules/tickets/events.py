"""What happens to a ticket: each type of event with its data (docs/reference/events.md).

What is about its messages and calls is in message_events.py, its clocks in clock_events.py.
"""

from datetime import datetime
from typing import ClassVar, Generic, Literal, TypeVar

import msgspec

from service_desk.rules.tickets.event import (
    CategoryId,
    CustomerId,
    EventData,
    StaffId,
    SupplierId,
    record_name,
)
from service_desk.rules.tickets.states import WaitingFor
from service_desk.rules.tickets.vocabulary import (
    Cause,
    Channel,
    ClockName,
    Kind,
    Severity,
)

T = TypeVar("T")


class ContactDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """Details of a customer, as far as they were given."""

    name: str | None = None
    phone: str | None = None
    phone_extension: str | None = None
    email: str | None = None
    region: str | None = None

    @property
    def given(self) -> list[str]:
        values = (getattr(self, name) for name in self.__struct_fields__)
        return [value for value in values if value]


class ImportedFrom(msgspec.Struct, frozen=True):
    """`source`: name of the file; `line`: of the row in it."""

    source: str
    external_id: str | None
    line: int


class TicketOpened(EventData, frozen=True):
    """`message`: the id of the first one; `category`: a code; `supplier`: a name; `duplicate_of`,
    `linked_to`, `split_from`: numbers of tickets. `new_details`: of the customer, taken from this
    ticket; `other_details`: contact details that are another customer's. `cause`, `imported`: of
    imported history only."""

    type: ClassVar[str] = "ticket.opened"
    changes_figures: ClassVar[bool] = True
    kind: Kind
    channel: Channel
    severity: Severity
    message: int | None
    category: str | None
    supplier: str | None
    duplicate_of: str | None = None
    linked_to: str | None = None
    split_from: str | None = None
    new_details: ContactDetails | None = None
    other_details: ContactDetails | None = None
    cause: Cause | None = None
    imported: ImportedFrom | None = None


class SeverityRaised(EventData, frozen=True):
    """`words`: the safety words found."""

    type: ClassVar[str] = "severity.raised"
    changes_figures: ClassVar[bool] = True
    from_: Severity
    to: Severity
    words: tuple[str, ...]


class PolicyApplied(EventData, frozen=True):
    """What the ticket is promised from then on: ids of versions. `calendar_version` None: around
    the clock."""

    type: ClassVar[str] = "sla.policy_applied"
    policy: str
    policy_version: int
    calendar_version: int | None


class PlanRecorded(EventData, frozen=True):
    """`chosen`: the index of the option chosen; `owner`: who will do it."""

    type: ClassVar[str] = "plan.recorded"
    diagnosis: str
    plan: str
    options: tuple[str, ...]
    chosen: int | None
    owner: StaffId


class PromiseMade(EventData, frozen=True):
    type: ClassVar[str] = "promise.made"
    due_at: datetime


class TicketReferred(EventData, frozen=True):
    """`to`: a supervisor, None for all of them; `by`: who asks."""

    type: ClassVar[str] = "ticket.referred"
    question: str
    to: StaffId | None
    by: StaffId


class ReferralAnswered(EventData, frozen=True):
    type: ClassVar[str] = "referral.answered"
    by: StaffId


class TicketAssigned(EventData, frozen=True):
    """None is nobody."""

    type: ClassVar[str] = "ticket.assigned"
    changes_figures: ClassVar[bool] = True
    from_: StaffId | None
    to: StaffId | None


class TicketWaiting(EventData, frozen=True):
    type: ClassVar[str] = "ticket.waiting"
    changes_figures: ClassVar[bool] = True
    for_: WaitingFor
    note: str = ""


class TicketResumed(EventData, frozen=True):
    type: ClassVar[str] = "ticket.resumed"
    changes_figures: ClassVar[bool] = True
    reason: Literal["staff", "customer_message"]


class TicketResolved(EventData, frozen=True):
    """`date_unknown`: imported without a date, and taken as resolved when it was received.

    `told`: whether the customer was, by `message` or as `told_by` says; None where nobody recorded
    it. `cause_note`: why the cause is unknown."""

    type: ClassVar[str] = "ticket.resolved"
    changes_figures: ClassVar[bool] = True
    resolution: str
    cause: Cause | None = None
    date_unknown: bool = False
    told: bool | None = None
    message: int | None = None
    told_by: str | None = None
    cause_note: str | None = None


class TicketClosed(EventData, frozen=True):
    type: ClassVar[str] = "ticket.closed"
    changes_figures: ClassVar[bool] = True
    reason: Literal["staff", "auto_closed"] | None = None
    date_unknown: bool = False


class TicketReopened(EventData, frozen=True):
    """`reason`: in the words of staff; None: the customer wrote."""

    type: ClassVar[str] = "ticket.reopened"
    changes_figures: ClassVar[bool] = True
    reason: str | None = None


class Change(msgspec.Struct, Generic[T], frozen=True, rename=record_name):
    from_: T
    to: T


class TicketClassified(EventData, frozen=True):
    """What changed."""

    type: ClassVar[str] = "ticket.classified"
    changes_figures: ClassVar[bool] = True
    category: Change[CategoryId | None] | None = None
    cause: Change[Cause] | None = None
    supplier: Change[SupplierId | None] | None = None
    severity: Change[Severity] | None = None
    kind: Change[Kind] | None = None


class TicketCorrected(EventData, frozen=True):
    """What was typed in wrong and put right. `new_details`, `other_details`: as when a ticket is
    opened."""

    type: ClassVar[str] = "ticket.corrected"
    changes_figures: ClassVar[bool] = True
    subject: Change[str] | None = None
    product: Change[str | None] | None = None
    serial_number: Change[str | None] | None = None
    customer: Change[CustomerId] | None = None
    new_details: ContactDetails | None = None
    other_details: ContactDetails | None = None


class TicketMerged(EventData, frozen=True):
    type: ClassVar[str] = "ticket.merged"
    changes_figures: ClassVar[bool] = True
    into: str


class TicketAbsorbed(EventData, frozen=True):
    """`from_`: number of the ticket merged into this one; `unanswered_since`: its customer waits
    for a reply since then."""

    type: ClassVar[str] = "ticket.absorbed"
    from_: str
    unanswered_since: datetime | None = None


class TicketLinked(EventData, frozen=True):
    type: ClassVar[str] = "ticket.linked"
    to: str


class CompensationEvent(EventData, frozen=True):
    """`amount` in minor units."""

    compensation: int
    amount: int
    currency: str


class CompensationProposed(CompensationEvent, frozen=True):
    type: ClassVar[str] = "compensation.proposed"
    reason: str


class CompensationApproved(CompensationEvent, frozen=True):
    type: ClassVar[str] = "compensation.approved"
    recovered_from: SupplierId | None


class CompensationRejected(CompensationEvent, frozen=True):
    type: ClassVar[str] = "compensation.rejected"


class RatingGiven(EventData, frozen=True):
    """`score`: 1 (bad) to 5 (good)."""

    type: ClassVar[str] = "rating.given"
    score: int


class RatingDealtWith(EventData, frozen=True):
    """A supervisor did what a low rating called for."""

    type: ClassVar[str] = "rating.dealt_with"
    score: int


class StaffNotified(EventData, frozen=True):
    """`recipients`: e-mail addresses, at least one."""

    type: ClassVar[str] = "staff.notified"
    clock: ClockName
    percent: int
    recipients: tuple[str, ...]


class DueSet(EventData, frozen=True):
    type: ClassVar[str] = "due.set"
    clock: ClockName
    due_at: datetime
    reason: str
    due_before: datetime
