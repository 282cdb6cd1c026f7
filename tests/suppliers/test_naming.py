"""Suppliers found by name, and who may add them."""

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.suppliers.naming import (
    check_supplier_exists,
    find_or_create_supplier,
    find_supplier,
)
from tests.factories import NOW, make_staff


async def test_one_supplier_however_its_name_is_typed(desk: str) -> None:
    created = await find_or_create_supplier("Northern Pumps", now=NOW)
    for typed in ("Northern Pumps", " northern  pumps", "NORTHERN PUMPS"):
        assert await find_or_create_supplier(typed, now=NOW) == created
    assert await fetch_value("SELECT count(*) FROM supplier") == 1


async def test_agents_may_only_name_existing_suppliers(desk: str) -> None:
    agent, boss = await make_staff(), await make_staff("supervisor")
    await find_or_create_supplier("Northern Pumps", now=NOW)
    await check_supplier_exists(" northern  PUMPS", staff_id=agent)
    await check_supplier_exists("Nothern Pumps", staff_id=boss)
    with pytest.raises(InvalidInput, match="no supplier called Nothern Pumps") as refused:
        await check_supplier_exists("Nothern Pumps", staff_id=agent)
    assert refused.value.field == "supplier"


async def test_an_exact_match_is_preferred(desk: str) -> None:
    for name in ("ACME", "Acme"):
        await fetch(
            "INSERT INTO supplier (name, locale, contact_name, created_at) "
            "VALUES ($1, 'en', '', $2)",
            name,
            NOW,
        )
    for name in ("ACME", "Acme"):
        known = await find_supplier(name)
        assert known is not None
        assert known.name == name
