"""Customers as REST and pages see them."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from service_desk.input_types import EmailInput, PhoneInput, StaffEmail
from service_desk.paging import Page
from service_desk.rules.customers.revisit_cadence import ContactChannel
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.tickets.vocabulary import Direction
from service_desk.rules.words.languages import Locale

FullName = Annotated[str, Meta(max_length=200)]
Region = Annotated[str, Meta(max_length=100)]
Spend = Annotated[int, Meta(ge=0, le=10**14)]


class CustomerInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A `phone` number or an `email` address is required. A `tier` given here is pinned: the score
    no longer changes it. `spend_12m`: purchases of the last 12 months, in minor units."""

    name: FullName = ""
    phone: PhoneInput | None = None
    email: EmailInput | None = None
    locale: Locale | None = None
    region: Region | None = None
    tier: Tier | None = None
    spend_12m: Spend = 0


class CustomerEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is given changes; one of `phone` and `email` stays. `tier`: null unpins it."""

    name: FullName | UnsetType = UNSET
    phone: PhoneInput | UnsetType | None = UNSET
    email: EmailInput | UnsetType | None = UNSET
    locale: Locale | UnsetType = UNSET
    region: Region | UnsetType | None = UNSET
    tier: Tier | UnsetType | None = UNSET
    spend_12m: Spend | UnsetType = UNSET
    owner: StaffEmail | UnsetType | None = UNSET


class CustomerFilters(Struct, frozen=True):
    """`q`: part of the name, phone number or e-mail address; `phone` (E.164) and `email` (lower
    case) match exactly."""

    q: str | None = None
    tier: Tier | None = None
    phone: str | None = None
    email: str | None = None


class CustomerDetails(Struct, frozen=True):
    id: int
    name: str
    phone: str | None
    phone_extension: str | None
    email: str | None
    locale: Locale
    region: str | None
    tier: Tier
    tier_pinned: bool
    spend_12m: int
    owner: str | None
    owner_name: str | None
    opted_out_at: datetime | None
    last_contact_at: datetime | None
    created_at: datetime
    tickets: int
    open_tickets: int
    likely_same: list[int] = []  # customers who are likely this one, by id


class ContactLogEntry(Struct, frozen=True):
    """A contact outside tickets."""

    at: datetime
    channel: ContactChannel
    direction: Direction
    two_way: bool
    note: str
    staff: str | None
    ticket: str | None


class TierReason(Struct, frozen=True, omit_defaults=True):
    """`by`: the name of who set the tier manually; else the `score` that decided it, and the
    `position` it gave among `total` customers."""

    by: str | None = None
    score: int = 0
    position: int = 0
    total: int = 0


class TierChangeView(Struct, frozen=True):
    at: datetime
    tier_before: Tier
    tier_after: Tier
    reason: TierReason


CustomerPage = Page[CustomerDetails]
