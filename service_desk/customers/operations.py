"""Customers added and edited by staff (DESIGN §2.5)."""

from datetime import datetime
from typing import Any

import asyncpg
from msgspec import UNSET, Struct
from msgspec.structs import asdict

from service_desk.contacts.email_addresses import to_email_or_none
from service_desk.contacts.phone_numbers import to_e164_or_none
from service_desk.customers.schemas import CustomerEdit, CustomerInput, TierReason
from service_desk.customers.tiers import NewTierChange, record_tier_changes
from service_desk.database import transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import get, insert, update
from service_desk.rules.customers.tiering import Tier
from service_desk.settings import get_settings
from service_desk.tables import Customer, Staff
from service_desk.tickets.reranking import rerank_customer_tickets


class StaffName(Struct, frozen=True):
    id: int
    name: str


class EditableCustomer(Struct, frozen=True):
    """The columns that an edit may change."""

    name: str
    phone: str | None
    email: str | None
    locale: str
    region: str | None
    tier: Tier
    tier_pinned: bool
    spend_12m: int
    owner: int | None


async def create_customer(new: CustomerInput, now: datetime) -> int:
    """Returns the id. Raises InvalidInput without a contact, Conflict for one that is in use."""
    region = get_settings().region
    phone, email = to_e164_or_none(new.phone, region), to_email_or_none(new.email)
    _check_reachable(phone, email)
    try:
        return await insert(
            Customer,
            name=new.name.strip(),
            phone=phone,
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
    given = {name: value for name, value in asdict(edit).items() if value is not UNSET}
    async with transaction():
        before = await get(EditableCustomer, Customer, lock=True, id=customer)
        if before is None:
            raise customer_not_found(customer)
        changed = await _changed_columns(given, before)
        if given.keys() & {"phone", "email"}:
            _check_reachable(changed.get("phone", before.phone), changed.get("email", before.email))
        await _update(customer, changed)
        tier = changed.get("tier", before.tier)
        if tier != before.tier:
            editor = await get(StaffName, Staff, id=staff_id)
            reason = TierReason(by=editor.name if editor else None)
            await record_tier_changes([NewTierChange(customer, before.tier, tier, reason)], now)
            await rerank_customer_tickets([customer])


def customer_not_found(customer: int) -> NotFound:
    return NotFound("There is no customer {customer}.", customer=customer)


async def _changed_columns(given: dict[str, Any], before: EditableCustomer) -> dict[str, Any]:
    """The columns to write, by name."""
    columns = dict(given)
    if "name" in given:
        columns["name"] = given["name"].strip()
    if "phone" in given:
        columns["phone"] = to_e164_or_none(given["phone"], get_settings().region)
    if "email" in given:
        columns["email"] = to_email_or_none(given["email"])
    if "tier" in given:
        columns["tier_pinned"] = given["tier"] is not None
        columns["tier"] = given["tier"] or before.tier
    if given.get("owner"):
        columns["owner"] = await _active_staff_id(given["owner"])
    return columns


async def _update(customer: int, changed: dict[str, Any]) -> None:
    if not changed:
        return
    try:
        await update(Customer, changed, id=customer)
    except asyncpg.UniqueViolationError as error:
        raise _contact_in_use(error) from error


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
