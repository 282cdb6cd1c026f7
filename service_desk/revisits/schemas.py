"""Revisits as REST and pages see them."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from service_desk.input_types import FutureDate
from service_desk.paging import Page
from service_desk.rules.customers.revisit_cadence import CallOutcome, RevisitKind, RevisitState
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.words.languages import Locale


class RevisitView(Struct, frozen=True):
    """`target_on`: the day by the cadence; `due_on`: the day that had capacity; `ticket`: number of
    the complaint that an after_resolution call is about."""

    id: int
    kind: RevisitKind
    state: RevisitState
    customer: int
    customer_name: str
    phone: str | None
    phone_extension: str | None
    email: str | None
    locale: Locale
    tier: Tier
    ticket: str | None
    target_on: date
    due_on: date
    assignee: str | None
    assignee_name: str | None
    outcome: CallOutcome | None
    attempts: int
    note: str
    done_at: datetime | None

    @property
    def latest_on(self) -> date:
        """After this day it is overdue. One planned before its target is not late before it."""
        return max(self.due_on, self.target_on)


class UnplannedRevisitView(Struct, frozen=True):
    """A due revisit that no agent has capacity for within its window (DESIGN §2.5)."""

    customer: int
    customer_name: str
    tier: Tier
    kind: RevisitKind
    target_on: date


class OutcomeInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`next_on`: the day agreed for the next contact, instead of the one by cadence."""

    outcome: CallOutcome
    note: Annotated[str, Meta(max_length=4_000)] = ""
    next_on: FutureDate | None = None


RevisitPage = Page[RevisitView]
