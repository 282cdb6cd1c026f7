"""Revisits as REST and pages see them."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from service_desk.paging import Page
from service_desk.rules.customers.revisit_cadence import Outcome, RevisitKind
from service_desk.rules.customers.tiering import Tier

RevisitState = Literal["planned", "held", "done", "cancelled"]


class RevisitView(Struct, frozen=True):
    """`target_on`: the day the cadence asks for, `due_on`: the day that had room.

    `ticket`: the number of the complaint that an after_resolution call is about.
    """

    id: int
    kind: RevisitKind
    state: RevisitState
    customer: int
    customer_name: str
    phone: str | None
    email: str | None
    locale: str
    tier: Tier
    ticket: str | None
    target_on: date
    due_on: date
    assignee: str | None
    assignee_name: str | None
    outcome: Outcome | None
    attempts: int
    note: str
    done_at: datetime | None

    @property
    def latest_on(self) -> date:
        """After this day it is overdue: one pulled forward still has until its target."""
        return max(self.due_on, self.target_on)


class UnplannedRevisit(Struct, frozen=True):
    """A revisit that is due, and that no agent has room for in its window (DESIGN §2.5)."""

    customer: int
    customer_name: str
    tier: Tier
    kind: RevisitKind
    target_on: date


class OutcomeInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`next_on`: the day to contact the customer next, instead of what the cadence says."""

    outcome: Outcome
    note: Annotated[str, Meta(max_length=4_000)] = ""
    next_on: date | None = None


RevisitPage = Page[RevisitView]
