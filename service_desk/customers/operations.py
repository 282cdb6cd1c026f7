"""Customers added and edited by staff (DESIGN §2.5)."""

from datetime import datetime
from typing import TypeVar

import asyncpg
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from service_desk.contacts.email_addresses import to_email_or_none
from service_desk.contacts.phone_numbers import kept_or_typed_phone, typed_phone_or_none
from service_desk.customers.schemas import CustomerEdit, CustomerInput, TierReason
from service_desk.customers.tiers import NewTierChange, record_tier_changes
from service_desk.database import transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import get, insert, update
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.tables import Customer, Staff
from service_desk.tickets.reranking import rerank_customer_tickets

T = TypeVar("T")


class StaffName(Struct, frozen=True):
    id: int
    name: str


class EditableCustomer(Struct, frozen=True):
    """The columns that an edit may change."""

    name: str
    phone: str | None
    phone_extension: str | None
    email: str | None
    locale: Locale
    region: str | None
    tier: Tier
    tier_pinned: bool
    spend_12m: int
    owner: int | None


async def create_customer(new: CustomerInput, now: datetime) -> int:
    """Returns the id. Raises InvalidInput without a contact, Conflict for one that is in use."""
    number = typed_phone_or_none(new.phone, get_settings().region)
    phone, email = number and number.e164, to_email_or_none(new.email)
    _check_reachable(phone, email)
    try:
        return await insert(
            Customer,
            name=new.name.strip(),
            phone=phone,
            phone_extension=number and number.extension,
            email=email,
            locale=new.locale or get_settings().locale,
            region=new.region,
            tier=new.tier or "C",
            tier_pinned=new.tier is not None,
            spend_12m=new.spend_12m,
            created_at=now,
        )
    except asyncpg.UniqueViolationError as error:
        raise _contact_in_use(error) from error


async def edit_customer(customer: int, edit: CustomerEdit, *, staff_id: int, now: datetime) -> None:
    """Change what is given. A tier set manually is pinned, and recorded in the tier history.

    Raises NotFound, InvalidInput and Conflict.
    """
    async with transaction():
        before = await get(EditableCustomer, Customer, lock=True, id=customer)
        if before is None:
            raise customer_not_found(customer)
        after = await _edited(before, edit)
        if edit.phone is not UNSET or edit.email is not UNSET:
            _check_reachable(after.phone, after.email)
        if after != before:
            await _update(customer, after)
        if after.tier != before.tier:
            editor = await get(StaffName, Staff, id=staff_id)
            reason = TierReason(by=editor.name if editor else None)
            change = NewTierChange(customer, before.tier, after.tier, reason)
            await record_tier_changes([change], now)
            await rerank_customer_tickets([customer])


def customer_not_found(customer: int) -> NotFound:
    return NotFound("There is no customer {customer}.", customer=customer)


async def _edited(before: EditableCustomer, edit: CustomerEdit) -> EditableCustomer:
    """The customer with what is given."""
    phone, extension = _edited_phone(before, edit.phone)
    return EditableCustomer(
        name=_given(edit.name, before.name).strip(),
        phone=phone,
        phone_extension=extension,
        email=before.email if edit.email is UNSET else to_email_or_none(edit.email),
        locale=_given(edit.locale, before.locale),
        region=_given(edit.region, before.region),
        tier=before.tier if edit.tier is UNSET or edit.tier is None else edit.tier,
        tier_pinned=before.tier_pinned if edit.tier is UNSET else edit.tier is not None,
        spend_12m=_given(edit.spend_12m, before.spend_12m),
        owner=before.owner if edit.owner is UNSET else await _owner(edit.owner),
    )


def _edited_phone(
    before: EditableCustomer, given: str | UnsetType | None
) -> tuple[str | None, str | None]:
    """Number and extension. The number they write from stays, whatever a library thinks of it."""
    if given is UNSET:
        return before.phone, before.phone_extension
    if not given or not given.strip():
        return None, None
    number = kept_or_typed_phone(given, get_settings().region, before.phone)
    return number.e164, number.extension


def _given(value: T | UnsetType, before: T) -> T:
    return before if isinstance(value, UnsetType) else value


async def _update(customer: int, edited: EditableCustomer) -> None:
    try:
        await update(Customer, asdict(edited), id=customer)
    except asyncpg.UniqueViolationError as error:
        raise _contact_in_use(error) from error


async def _owner(email: str | None) -> int | None:
    return await _active_staff_id(email) if email else None


async def _active_staff_id(email: str) -> int:
    found = await get(StaffName, Staff, email=email.lower(), active=True)
    if found is None:
        raise InvalidInput(
            "No active member of staff has the e-mail address {email}.", field="owner", email=email
        )
    return found.id


def _check_reachable(phone: str | None, email: str | None) -> None:
    if phone is None and email is None:
        raise InvalidInput("A customer needs a phone number or an e-mail address.", field="phone")


def _contact_in_use(error: asyncpg.UniqueViolationError) -> Conflict:
    if "email" in (error.constraint_name or ""):
        return Conflict("Another customer has this e-mail address.", field="email")
    return Conflict("Another customer has this phone number.", field="phone")
