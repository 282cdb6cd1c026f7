"""What a ticket is about, how grave, whose fault: set by agents, kept in the history."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from service_desk.database import fetch_one
from service_desk.errors import InvalidInput
from service_desk.rules.tickets.vocabulary import Kind, Severity
from service_desk.suppliers.naming import SupplierRef, find_or_create_supplier
from service_desk.tickets.change import TicketChange, change_ticket, staff_actor

Cause = Literal[
    "supplier_quality",
    "our_service",
    "logistics",
    "customer_misuse",
    "force_majeure",
    "unfounded",
    "unknown",
]

POLICY_FIELDS = {"kind", "severity", "supplier"}


class Classification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is given changes. `category` is a code, `supplier` a name; a new one is
    made."""

    category: str | msgspec.UnsetType = msgspec.UNSET
    cause: Cause | msgspec.UnsetType = msgspec.UNSET
    supplier: str | msgspec.UnsetType | None = msgspec.UNSET
    severity: Severity | msgspec.UnsetType = msgspec.UNSET
    kind: Kind | msgspec.UnsetType = msgspec.UNSET


async def classify(number: str, wanted: Classification, *, staff_id: int, now: datetime) -> None:
    """Change the classification; the SLA policy is chosen anew if it depends on what changed, and
    pauses earned are kept."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        supplier = await _supplier(change, wanted)
        columns = await _columns(wanted)
        if wanted.supplier is not msgspec.UNSET:
            columns["supplier"] = supplier and supplier.id
        changed = {
            name: {"from": getattr(change.ticket, name), "to": value}
            for name, value in columns.items()
            if getattr(change.ticket, name, value) != value
        }
        if wanted.category is not msgspec.UNSET:
            change.set(category_confirmed=True)
        if changed:
            change.record("ticket.classified", **changed)
            change.set(**columns)
            if wanted.supplier is not msgspec.UNSET:
                change.ticket.supplier_name = supplier and supplier.name
            if changed.keys() & POLICY_FIELDS:
                await change.choose_policy()


async def _columns(wanted: Classification) -> dict[str, Any]:
    given = {
        name: value
        for name in ("cause", "severity", "kind")
        if (value := getattr(wanted, name)) is not msgspec.UNSET
    }
    if wanted.category is not msgspec.UNSET:
        row = await fetch_one("SELECT id FROM category WHERE code = $1", wanted.category)
        if row is None:
            raise InvalidInput(
                "There is no category {code}.", field="category", code=wanted.category
            )
        given["category"] = row["id"]
    return given


async def _supplier(change: TicketChange, wanted: Classification) -> SupplierRef | None:
    if wanted.supplier is msgspec.UNSET or wanted.supplier is None:
        return None
    return await find_or_create_supplier(wanted.supplier, now=change.now)
