"""The customer at the phone or counter, and the asset, looked up from what is typed so far."""

from datetime import datetime

from msgspec import Struct

from service_desk.assets.queries import assets_of, find_asset
from service_desk.assets.schemas import AssetView
from service_desk.contacts.finding import (
    FoundCustomer,
    NewCustomer,
    find_customer,
    normalize_contact,
)
from service_desk.customers.lookup import MAX_SUGGESTIONS, suggest_customers
from service_desk.customers.queries import RecentTicket, recent_tickets
from service_desk.customers.schemas import CustomerDetails
from service_desk.errors import InvalidInput
from service_desk.web.forms import Form

MAX_ASSETS = 5
CONTACT = ("phone", "email", "name")


class Caller(Struct, frozen=True):
    """`customer`: with exactly that contact, or the only match so far; with their newest tickets
    and assets. `candidates`: the matches to choose from; `more`: there are others."""

    customer: FoundCustomer | None = None
    candidates: list[FoundCustomer] = []
    more: bool = False
    recent_tickets: list[RecentTicket] = []
    assets: list[AssetView] = []


async def look_up_caller(form: Form, now: datetime) -> Caller:
    customer = await _matching_customer(form)
    if customer is not None:
        return await _with_history(Caller(customer), now)
    found = await suggest_customers(*(form.get(name, "") for name in CONTACT))
    caller = Caller(None, found[:MAX_SUGGESTIONS], len(found) > MAX_SUGGESTIONS)
    if len(found) == 1:
        return await _with_history(Caller(found[0], found), now)
    return caller


async def match_asset(form: Form, now: datetime) -> AssetView | None:
    """The asset with the typed serial number."""
    return await find_asset(form.get("serial_number", "")[:100], form.get("product"), now)


def contact_fields(customer: CustomerDetails) -> dict[str, str]:
    return {name: getattr(customer, name) or "" for name in CONTACT}


def asset_fields(asset: AssetView) -> dict[str, str]:
    """The fields of a ticket about this asset."""
    return {
        "product": asset.product,
        "phone": asset.customer_phone or "",
        "email": asset.customer_email or "",
        "name": asset.customer_name,
    }


def prefill(form: Form, asset: AssetView | None) -> Form:
    """Empty fields filled in from the asset; if a contact is typed, only the product: the caller
    may not be its owner."""
    if asset is None:
        return form
    known = asset_fields(asset)
    if any(form.get(name, "").strip() for name in CONTACT):
        known = {"product": asset.product}
    return {
        **form,
        **{name: value for name, value in known.items() if not form.get(name, "").strip()},
    }


async def _matching_customer(form: Form) -> FoundCustomer | None:
    """By the complete phone number or address; None while it is still being typed."""
    try:
        contact = normalize_contact(
            NewCustomer(phone=form.get("phone") or None, email=form.get("email") or None)
        )
    except InvalidInput:
        return None
    phone, email = contact.phone, contact.email
    return await find_customer(phone, email) if phone or email else None


async def _with_history(caller: Caller, now: datetime) -> Caller:
    assert caller.customer is not None
    return Caller(
        caller.customer,
        caller.candidates,
        caller.more,
        await recent_tickets(caller.customer.id),
        await assets_of(caller.customer.id, now, MAX_ASSETS),
    )
