"""Category, cause, supplier, severity and kind of a ticket: set by agents, kept in the history."""

from datetime import datetime
from typing import Any

import msgspec

from service_desk.errors import InvalidInput
from service_desk.input_types import CategoryCode, SupplierName
from service_desk.principal import staff_actor
from service_desk.rows import get_value
from service_desk.rules.tickets.events import Change, TicketClassified
from service_desk.rules.tickets.vocabulary import Cause, Kind, Severity
from service_desk.suppliers.naming import SupplierRef, find_or_create_supplier
from service_desk.tables import Category
from service_desk.tickets.change import TicketChange, change_ticket
from service_desk.tickets.messages import notify_about

POLICY_FIELDS = {"kind", "severity", "supplier"}


class Classification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only the fields that are given change. `category` is a code, `supplier` a name: an unknown
    one is added."""

    category: CategoryCode | msgspec.UnsetType = msgspec.UNSET
    cause: Cause | msgspec.UnsetType = msgspec.UNSET
    supplier: SupplierName | msgspec.UnsetType | None = msgspec.UNSET
    severity: Severity | msgspec.UnsetType = msgspec.UNSET
    kind: Kind | msgspec.UnsetType = msgspec.UNSET


def given_fields(classification: Classification) -> list[str]:
    return [name for name in Classification.__struct_fields__ if _is_given(classification, name)]


def _is_given(classification: Classification, name: str) -> bool:
    return getattr(classification, name) is not msgspec.UNSET


async def classify(
    number: str, classification: Classification, *, staff_id: int, now: datetime
) -> None:
    """Change the classification. If the policy is chosen by what changed, the policy that matches
    now applies; pauses so far still count (DESIGN §2.3). Raises InvalidInput, NotFound."""
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        supplier = await _supplier(change, classification)
        columns = await _columns(classification)
        if classification.supplier is not msgspec.UNSET:
            columns["supplier"] = supplier and supplier.id
        changed = {
            name: Change(getattr(change.ticket, name), value)
            for name, value in columns.items()
            if getattr(change.ticket, name, value) != value
        }
        if classification.category is not msgspec.UNSET:
            change.set(category_confirmed=True)
        if changed:
            change.record(TicketClassified(**changed))
            change.set(**columns)
            if classification.supplier is not msgspec.UNSET:
                change.ticket.supplier_name = supplier and supplier.name
            if "severity" in changed and change.ticket.severity == "safety":
                await notify_about(change, "safety")
            if changed.keys() & POLICY_FIELDS:
                await change.choose_policy()


async def set_category(change: TicketChange, code: str) -> None:
    """Within another change. Raises InvalidInput."""
    (category,) = (await _columns(Classification(category=code))).values()
    before = change.ticket.category
    change.set(category=category, category_confirmed=True)
    if before != category:
        change.record(TicketClassified(category=Change(before, category)))


async def _columns(given: Classification) -> dict[str, Any]:
    columns = {
        name: value
        for name in ("cause", "severity", "kind")
        if (value := getattr(given, name)) is not msgspec.UNSET
    }
    if given.category is not msgspec.UNSET:
        category = await get_value(Category.id, code=given.category)
        if category is None:
            raise InvalidInput(
                "There is no category {code}.", field="category", code=given.category
            )
        columns["category"] = category
    return columns


async def _supplier(change: TicketChange, given: Classification) -> SupplierRef | None:
    if given.supplier is msgspec.UNSET or given.supplier is None:
        return None
    return await find_or_create_supplier(given.supplier, now=change.now)
