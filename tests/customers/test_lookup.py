"""Customers suggested by what is typed so far."""

from datetime import timedelta

import pytest

from service_desk.customers.lookup import MAX_SUGGESTIONS, suggest_customers
from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from service_desk.database import fetch, transaction
from tests.factories import NOW


async def found(phone: str = "", email: str = "", name: str = "") -> list[str]:
    return [customer.name for customer in await suggest_customers(phone, email, name)]


@pytest.fixture
async def people(desk: str) -> None:
    await create_customer(CustomerInput("Li Wei", "+8613800138000", "li_wei@example.com"), NOW)
    await create_customer(CustomerInput("Lia", "+8613800990000"), NOW)
    await create_customer(CustomerInput("王芳", None, "wang@example.com"), NOW)
    await fetch(
        "INSERT INTO customer (name, locale, created_at) VALUES ('Li without a contact', 'en', $1)",
        NOW,
    )
    await fetch(
        "UPDATE customer SET last_contact_at = $1 WHERE name = 'Li Wei'", NOW - timedelta(days=9)
    )


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ({"phone": "138"}, []),
        ({"phone": "1380"}, ["Li Wei", "Lia"]),
        ({"phone": "138-0013"}, ["Li Wei"]),
        ({"phone": "+86 13800 9"}, ["Lia"]),
        ({"phone": "86138001"}, ["Li Wei"]),
        ({"phone": "13900"}, []),
        ({"email": "wa"}, []),
        ({"email": "WANG@"}, ["王芳"]),
        ({"email": "li%"}, []),
        ({"email": "liXwei"}, []),
        ({"name": "l"}, []),
        ({"name": "LI"}, ["Li Wei", "Lia"]),
        ({"name": "王芳"}, ["王芳"]),
        ({"phone": "138009", "name": "王芳"}, ["王芳", "Lia"]),
        ({"name": "\0"}, []),
        ({"phone": "9" * 500, "email": "\U0010ffff" * 3, "name": "x" * 500}, []),
    ],
)
async def test_prefixes_find_customers(people: None, typed: dict[str, str], who: list[str]) -> None:
    assert await found(**typed) == who


async def test_a_few_latest_contact_first(desk: str) -> None:
    for position in range(MAX_SUGGESTIONS + 3):
        customer = await create_customer(
            CustomerInput(f"N{position}", f"+861380013800{position}"), NOW
        )
        await fetch(
            "UPDATE customer SET last_contact_at = $2 WHERE id = $1",
            customer,
            NOW + timedelta(hours=position),
        )
    assert await found("1380") == [f"N{position}" for position in range(MAX_SUGGESTIONS + 2, 1, -1)]


async def test_each_way_uses_an_index(desk: str) -> None:
    """The cost grows with the matches, not with the number of customers."""
    async with transaction():
        await fetch(
            "INSERT INTO customer (name, phone, email, locale, created_at) "
            "SELECT 'C' || n, '+86139' || 10000000 + n, n || '@example.com', 'zh', $1 "
            "FROM generate_series(1, 20000) AS n",
            NOW,
        )
        await fetch("ANALYZE customer")
        plan = await fetch(
            "EXPLAIN SELECT id FROM customer WHERE (phone ~>=~ '+8613912' AND phone ~<~ '+8613913')"
            " OR (email ~>=~ '777' AND email ~<~ '778') "
            "OR (lower(name) ~>=~ 'c77' AND lower(name) ~<~ 'c78')"
        )
    explained = "\n".join(row[0] for row in plan)
    for index in ("phone", "email", "name"):
        assert f"customer_{index}_prefix_index" in explained, explained
    assert "Seq Scan" not in explained
