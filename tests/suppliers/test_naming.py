"""Suppliers found by name, and who may add them."""

from typing import Any

import pytest
from httpx import AsyncClient

from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.staff.operations import create_token
from service_desk.suppliers.naming import (
    check_supplier_exists,
    find_or_create_supplier,
    find_supplier,
)
from tests.factories import NOW, make_staff, make_ticket


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


async def test_by_rest_too(client: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["tickets:write"], now=NOW)
    mine = {"Authorization": f"Bearer {token}"}
    new: dict[str, Any] = {"kind": "complaint", "subject": "a", "description": "b", "customer": {}}
    number = (await make_ticket()).number
    calls: dict[str, dict[str, Any]] = {
        "/api/v1/tickets": new | {"supplier": "Acmee"},
        f"/api/v1/tickets/{number}/classify": {"supplier": "Acmee"},
    }
    for path, body in calls.items():
        refused = await client.post(path, json=body, headers=mine)
        assert (refused.status_code, refused.json()["field"]) == (400, "supplier")
    assert await fetch("SELECT FROM supplier") == []


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
