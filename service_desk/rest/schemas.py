"""What programs send about tickets (DESIGN §3)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from service_desk.contacts.finding import NewCustomer
from service_desk.input_types import (
    CategoryCode,
    FutureInstant,
    LongText,
    MessageText,
    PastInstant,
    Reason,
    ShortText,
    StaffEmail,
    Subject,
    SupplierName,
    TicketNumber,
    VersionSeen,
)
from service_desk.opening.corrections import Correction
from service_desk.rules.messages.vocabulary import MessageChannel
from service_desk.rules.tickets.states import WaitingFor
from service_desk.rules.tickets.vocabulary import (
    MAX_COMPENSATION,
    MAX_OPTIONS,
    Cause,
    Channel,
    Kind,
    Severity,
    Visibility,
)
from service_desk.ticket_views.meanwhile import BasedOn
from service_desk.tickets.classification import Classification

PlanOption = Annotated[str, Meta(min_length=1, max_length=200, description="Not blank.")]
ShortNote = Annotated[str, Meta(max_length=500)]


class TicketInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /tickets`. `category` is a code, `supplier` a name: an unknown one is added."""

    kind: Kind
    subject: Subject
    description: MessageText
    customer: NewCustomer
    severity: Severity | None = None
    category: CategoryCode | None = None
    channel: Channel = "api"
    received_at: PastInstant | None = None
    product: ShortText | None = None
    serial_number: Annotated[str, Meta(max_length=100)] | None = None
    supplier: SupplierName | None = None
    external_id: Annotated[str, Meta(max_length=100)] | None = None


class MessageInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    """`via`: the channel of a public message, by default the customer's, who must be reached by it;
    `call` logs an answered call; not of a note. Sent as a text, `body` has at most 1600
    characters."""

    body: MessageText
    visibility: Visibility
    via: Literal[MessageChannel, "call"] | None = None


class AssignInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    assignee: StaffEmail | None


class PlanInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    """`chosen`: which of the `options` the customer chose, from 0."""

    diagnosis: LongText
    plan: LongText
    options: Annotated[tuple[PlanOption, ...], Meta(max_length=MAX_OPTIONS)] = ()
    chosen: Annotated[int, Meta(ge=0, lt=MAX_OPTIONS)] | None = None
    owner: StaffEmail | None = None


class PromiseInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    at: FutureInstant


class ReferInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    """`to`: a supervisor."""

    question: LongText
    to: StaffEmail | None = None


class WaitInput(BasedOn, frozen=True, forbid_unknown_fields=True, rename={"for_": "for"}):
    for_: WaitingFor
    note: Annotated[str, Meta(max_length=4_000)] = ""


class ResolveInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    """A complaint takes a `category`, which `classify` sets before, and a `cause`; why it is
    unknown is said in `cause_note`. `told_by`: how the customer was told, if not by this
    message."""

    resolution: LongText
    cause: Cause | None = None
    cause_note: ShortNote | None = None
    told_by: ShortNote | None = None


class ReopenInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    reason: LongText


class EmptyInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    """An empty object."""


class MergeInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    into: TicketNumber


class LinkInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    to: TicketNumber


class CompensateInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    """`amount` in minor units (fen). `currency`: only the desk's is accepted."""

    amount: Annotated[int, Meta(ge=1, le=MAX_COMPENSATION)]
    reason: Reason
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None


class CompensationDecision(BasedOn, frozen=True, forbid_unknown_fields=True):
    approve: bool


class ClassifyInput(Classification, frozen=True, forbid_unknown_fields=True):
    """What changes, and the version that it rests on."""

    version: VersionSeen | None = None


class CorrectionInput(Correction, frozen=True, forbid_unknown_fields=True):
    """What changes, and the version that it rests on."""

    version: VersionSeen | None = None


class AnswerInput(BasedOn, frozen=True, forbid_unknown_fields=True):
    body: MessageText
