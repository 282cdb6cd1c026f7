from typing import Any

from httpx import AsyncClient

from service_desk.staff.operations import create_token
from tests.factories import NOW, PHONE, make_staff

LI = {"name": "Li Wei", "phone": "138 0013 8000", "email": "li@example.com", "tier": "B"}


async def test_a_customer_is_created_read_and_edited(api: AsyncClient) -> None:
    created = await api.post("/customers", json=LI)
    assert created.status_code == 201, created.text
    customer = created.json()
    assert (customer["phone"], customer["tier"], customer["tier_pinned"]) == (PHONE, "B", True)
    assert created.headers["location"] == f"/api/v1/customers/{customer['id']}"
    assert (await api.get(f"/customers/{customer['id']}")).json() == customer

    edited = await api.patch(f"/customers/{customer['id']}", json={"tier": None, "name": "Li"})
    assert edited.status_code == 200, edited.text
    assert (edited.json()["name"], edited.json()["tier_pinned"]) == ("Li", False)


async def test_lists_are_searched_and_paged(api: AsyncClient) -> None:
    for place in range(5):
        body = {"name": f"Customer {place}", "phone": f"+861380013800{place}"}
        assert (await api.post("/customers", json=body)).status_code == 201
    await api.post("/customers", json={"name": "王伟", "email": "wang_wei@example.com"})

    async def found(**params: Any) -> list[str]:
        answer = await api.get("/customers", params=params)
        assert answer.status_code == 200, answer.text
        return [item["name"] for item in answer.json()["items"]]

    await api.post("/customers", json={"name": "Zoë Müller", "phone": "+8613800138009"})
    for q in ("zoe mul", "muler", "Zoë", "8009", "138 0013 8009", "+86 (0)138-0013-8009"):
        assert await found(q=q) == ["Zoë Müller"], q
    assert await found(q="zoe", tier="A") == []
    assert await found(q="王") == ["王伟"]
    assert await found(q="WANG_WEI") == ["王伟"]
    assert await found(q="138-0013-8003") == ["Customer 3"]
    assert await found(q="customer 3") == ["Customer 3"]
    assert await found(q="%") == []
    assert await found(tier="A") == []

    names: list[str] = []
    after: str | None = None
    while True:
        page = (await api.get("/customers", params={"limit": 2, "after": after or ""})).json()
        names += [item["name"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert names == ["Zoë Müller", "王伟", *(f"Customer {place}" for place in (4, 3, 2, 1, 0))]


async def test_invalid_input_names_the_field(api: AsyncClient) -> None:
    refused = await api.post("/customers", json={"name": "Nobody"})
    assert (refused.status_code, refused.json()["field"]) == (400, "phone")
    refused = await api.post("/customers", json=LI | {"tier": "D"})
    assert (refused.status_code, refused.json()["field"]) == (400, "tier")
    refused = await api.post("/customers", json=LI | {"colour": "red"})
    assert refused.status_code == 400
    await api.post("/customers", json=LI)
    again = await api.post("/customers", json=LI | {"email": "other@example.com"})
    assert (again.status_code, again.json()["field"]) == (409, "phone")
    assert (await api.get("/customers/99")).status_code == 404
    assert (await api.get("/customers", params={"after": "nonsense"})).status_code == 400


async def test_a_token_needs_the_scope(client: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["customers:read"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    assert (await client.get("/api/v1/customers")).status_code == 200
    assert (await client.post("/api/v1/customers", json=LI)).status_code == 403
    del client.headers["Authorization"]
    assert (await client.get("/api/v1/customers")).status_code == 401


async def test_found_by_phone_or_email_exactly(api: AsyncClient):
    await api.post("/customers", json={"name": "A", "phone": "+8613800138000", "email": "a@b.cn"})
    await api.post("/customers", json={"name": "B", "phone": "+8613800138001"})
    for query, names in [
        ("phone=138%200013%208000", ["A"]),
        ("email=A@b.cn", ["A"]),
        ("email=a@b.cn&phone=%2B8613800138001", []),
        ("tier=C", ["B", "A"]),
    ]:
        found = (await api.get(f"/customers?{query}")).json()["items"]
        assert [customer["name"] for customer in found] == names, query
    assert (await api.get("/customers?phone=12")).json()["field"] == "phone"


async def test_customers_who_are_likely_one_name_each_other(api: AsyncClient) -> None:
    one = (await api.post("/customers", json={"phone": PHONE})).json()["id"]
    other = (await api.post("/customers", json={"email": "li@example.com"})).json()["id"]
    ticket = {"kind": "complaint", "subject": "Loud", "description": "It is loud"}
    for _ in range(2):
        contact = {"phone": PHONE, "email": "li@example.com"}
        opened = await api.post("/tickets", json=ticket | {"customer": contact})
        assert opened.json()["customer"]["id"] == one
    assert (await api.get(f"/customers/{one}")).json()["likely_same"] == [other]
    assert (await api.get(f"/customers/{other}")).json()["likely_same"] == [one]
