"""Suppliers as REST and pages see them. Money is in minor units, a month is its first day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from service_desk.input_types import NOT_BLANK, EmailInput, PhoneInput
from service_desk.paging import Page
from service_desk.rules.suppliers.actions import ActionState
from service_desk.rules.suppliers.ladder import ProposalReason, Rung
from service_desk.rules.suppliers.ledger import EntryKind
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings

MAX_LEDGER_REASON = 300
LedgerReason = Annotated[
    str, Meta(min_length=1, max_length=MAX_LEDGER_REASON, description=NOT_BLANK)
]


class SupplierInput(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=200, description=NOT_BLANK)]
    email: EmailInput | None = None
    phone: PhoneInput | None = None
    locale: Locale | None = None
    contact_name: Annotated[str, Meta(max_length=100)] = ""
    contract_started_on: date | None = None


class SupplierEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is given changes."""

    email: EmailInput | UnsetType | None = UNSET
    phone: PhoneInput | UnsetType | None = UNSET
    locale: Locale | UnsetType = UNSET
    contact_name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    contract_started_on: date | UnsetType | None = UNSET


class SupplierView(Struct, frozen=True):
    """`offences`: all so far; `proposed`: how many actions await a decision; `owed`: what the
    deposit did not cover."""

    id: int
    name: str
    email: str | None
    phone: str | None
    phone_extension: str | None
    locale: Locale
    contact_name: str
    contract_started_on: date | None
    removed_at: datetime | None
    created_at: datetime
    open_tickets: int
    offences: int
    offences_this_month: int
    proposed: int
    balance: int
    owed: int
    currency: str = field(default_factory=lambda: get_settings().currency)


class CategoryOffences(Struct, frozen=True):
    """`category`: a code, null for tickets without one; `tickets`: their numbers."""

    category: str | None
    name_en: str | None
    name_zh: str | None
    offences: int
    tickets: list[str]


class ActionView(Struct, frozen=True):
    """One rung of the ladder, with its evidence (ticket numbers) and the decision on it.

    `flagged_at`: since when an approved one no longer holds; `flagged_tickets`: those that changed.
    """

    id: int
    supplier: int
    supplier_name: str
    rung: Rung
    category: str | None
    name_en: str | None
    name_zh: str | None
    month: date
    state: ActionState
    offences: int
    evidence: list[str]
    because: ProposalReason
    flagged_at: datetime | None
    flagged_tickets: list[str]
    proposed_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    decision_note: str


class LadderView(Struct, frozen=True):
    """A supplier's offences in `month` by category, and all its rungs."""

    supplier: int
    month: date
    categories: list[CategoryOffences]
    actions: list[ActionView]


class LedgerEntry(Struct, frozen=True):
    """`action`: the rung behind it, `rung` of `month`; `reverses`: the entry that it undoes;
    `undone_by`: the entry that undoes it; `can_be_undone`: not undone yet, nor derived."""

    id: int
    kind: EntryKind
    amount: int
    currency: str
    reason: str
    action: int | None
    reverses: int | None
    undone_by: int | None
    can_be_undone: bool
    rung: Rung | None
    month: date | None
    recorded_by: str | None
    at: datetime


class LedgerView(Struct, frozen=True):
    """Newest entries first. `balance` is the sum of all entries."""

    balance: int
    owed: int
    currency: str
    items: Sequence[LedgerEntry]
    next: str | None


class DepositInput(Struct, frozen=True, forbid_unknown_fields=True):
    amount: Annotated[int, Meta(ge=1, le=10**14)]
    reason: LedgerReason


class UndoInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the entry was wrong."""

    reason: LedgerReason


class DecisionInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Why: kept with the action, for a later objection by the supplier."""

    note: Annotated[str, Meta(max_length=2000)] = ""


SupplierPage = Page[SupplierView]
ActionPage = Page[ActionView]
