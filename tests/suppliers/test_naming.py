"""Naming a supplier; what agents may not is seen in tests/tickets."""

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.suppliers.naming import known_supplier, supplier_named
from tests.factories import NOW, make_staff


async def test_one_supplier_however_its_name_is_typed(desk: str) -> None:
    boss = f"staff:{await make_staff('supervisor')}"
    agent = f"staff:{await make_staff()}"
    made = await supplier_named("Northern Pumps", actor=boss, now=NOW)
    for typed in ("Northern Pumps", " northern  pumps", "NORTHERN PUMPS"):
        assert await supplier_named(typed, actor=agent, now=NOW) == made
    with pytest.raises(InvalidInput, match="no supplier called Nothern Pumps") as refused:
        await supplier_named("Nothern Pumps", actor=agent, now=NOW)
    assert refused.value.field == "supplier"
    assert await fetch_value("SELECT count(*) FROM supplier") == 1


async def test_the_exact_name_goes_first(desk: str) -> None:
    for name in ("ACME", "Acme"):
        await fetch(
            "INSERT INTO supplier (name, locale, contact_name, created_at) "
            "VALUES ($1, 'en', '', $2)",
            name,
            NOW,
        )
    for name in ("ACME", "Acme"):
        known = await known_supplier(name)
        assert known is not None
        assert known.name == name
