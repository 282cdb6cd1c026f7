"""Suppliers with offences, for tests."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from service_desk.database import fetch_value
from service_desk.rules.tickets.vocabulary import Cause
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import SupplierInput
from service_desk.tickets.classification import Classification, classify
from tests.factories import NOW, make_ticket

SUPPLIER = "Northern Pumps"
LEAK = "product.leak"
EARLY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


async def make_offender(**fields: Any) -> int:
    usual = SupplierInput(SUPPLIER, email="boss@pumps.test", locale="en")
    return await create_supplier(replace(usual, **fields), EARLY)


async def offend(
    count: int,
    staff: int,
    *,
    at: datetime = NOW,
    category: str = LEAK,
    cause: Cause = "supplier_quality",
    supplier: str = SUPPLIER,
) -> list[str]:
    """The numbers of `count` complaints with that cause."""
    numbers: list[str] = []
    for _ in range(count):
        ticket = await make_ticket(supplier=supplier, category=category, at=at)
        await classify(ticket.number, Classification(cause=cause), staff_id=staff, now=at)
        numbers.append(ticket.number)
    return numbers


async def action_of(rung: str) -> int:
    return await fetch_value("SELECT id FROM supplier_action WHERE rung = $1", rung)
