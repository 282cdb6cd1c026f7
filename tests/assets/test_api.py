from datetime import timedelta
from typing import Any

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.assets.queries import desk_date
from service_desk.staff.operations import create_token
from tests.factories import NOW, PHONE, make_staff

PRODUCT = "Haina KFR-35GW"


async def add_customer(api: AsyncClient, phone: str = PHONE) -> int:
    response = await api.post("/customers", json={"name": "Li Wei", "phone": phone})
    assert response.status_code == 201, response.text
    return response.json()["id"]


async def test_create_get_and_edit(api: AsyncClient) -> None:
    today = desk_date(wall_clock.now())
    customer = await add_customer(api)
    body = {
        "serial_number": " sn 77-88 ",
        "product": PRODUCT,
        "customer": customer,
        "installed_on": str(today - timedelta(days=10)),
    }
    created = await api.post("/assets", json=body)
    assert created.status_code == 201, created.text
    asset = created.json()
    assert created.headers["location"] == f"/api/v1/assets/{asset['id']}"
    assert asset["serial_number"] == "SN77-88"
    assert (asset["customer"], asset["customer_name"]) == (customer, "Li Wei")
    warranty = asset["warranty"]
    assert (warranty["state"], warranty["because"]) == ("in_warranty", "installed")
    assert warranty["accepted_on"] == str(today - timedelta(days=8))
    assert (warranty["months"], warranty["expired_on"]) == (12, None)
    address = f"/assets/{asset['id']}"
    assert (await api.get(address)).json() == asset

    edit = {"accepted_on": str(today - timedelta(days=9)), "warranty_months": 24}
    edited = await api.patch(address, json=edit)
    assert edited.status_code == 200, edited.text
    warranty = edited.json()["warranty"]
    assert (warranty["because"], warranty["months"]) == ("accepted", 24)
    assert warranty["accepted_on"] == edit["accepted_on"]

    bare = await api.patch(address, json={"accepted_on": None, "installed_on": None})
    assert bare.json()["warranty"] == {
        **dict.fromkeys(("until", "expired_on", "accepted_on")),
        "state": "unknown",
        "because": "no_date",
        "months": 24,
    }
    other = await add_customer(api, "+8613800138001")
    moved = await api.patch(address, json={"customer": other})
    assert moved.json()["customer"] == other
    assert (await api.get("/assets/99")).status_code == 404
    assert (await api.patch("/assets/99", json={})).status_code == 404


async def test_lists_are_filtered_and_paged(api: AsyncClient) -> None:
    li, wang = await add_customer(api), await add_customer(api, "+8613800138001")
    for place in range(5):
        body = {"serial_number": f"A-{place}", "product": PRODUCT, "customer": li}
        assert (await api.post("/assets", json=body)).status_code == 201
    body = {"serial_number": "B%1", "product": "热水器 EWH-60", "customer": wang}
    assert (await api.post("/assets", json=body)).status_code == 201

    async def found(**params: Any) -> list[str]:
        answer = await api.get("/assets", params=params)
        assert answer.status_code == 200, answer.text
        return [item["serial_number"] for item in answer.json()["items"]]

    assert await found(serial_number="a-３") == ["A-3"]
    assert await found(serial_number="A-") == []
    assert await found(customer=wang) == ["B%1"]
    assert await found(q="热水器") == ["B%1"]
    assert await found(q="b%") == ["B%1"]
    assert await found(q="熱水氣") == ["B%1"]
    assert await found(q="b-1") == ["B%1"]
    assert await found(q="a 3") == ["A-3"]
    assert await found(q="haina kfr", limit=2) == ["A-4", "A-3"]
    assert await found(q="nothing") == []
    serials: list[str] = []
    after: str | None = None
    while True:
        page = (await api.get("/assets", params={"limit": 4, "after": after or ""})).json()
        serials += [item["serial_number"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert serials == ["B%1", "A-4", "A-3", "A-2", "A-1", "A-0"]
    assert (await api.get("/assets", params={"colour": "red"})).status_code == 400
    assert (await api.get("/assets", params={"q": "x" * 201})).status_code == 400


async def test_invalid_input_names_the_field(api: AsyncClient) -> None:
    today = desk_date(wall_clock.now())
    body = {"serial_number": "A1", "product": PRODUCT, "customer": await add_customer(api)}
    tomorrow = str(today + timedelta(days=1))
    for wrong, field in (
        ({"serial_number": " \u200b"}, "serial_number"),
        ({"serial_number": "x" * 101}, "serial_number"),
        ({"product": " "}, "product"),
        ({"customer": 99}, "customer"),
        ({"customer": 2**63}, "customer"),
        ({"installed_on": tomorrow}, "installed_on"),
        ({"accepted_on": tomorrow}, "accepted_on"),
        ({"accepted_on": "0001-01-01"}, "accepted_on"),
        ({"installed_on": "2026-10-02", "accepted_on": "2026-10-01"}, "accepted_on"),
        ({"warranty_months": 0}, "warranty_months"),
        ({"warranty_months": 241}, "warranty_months"),
        ({"colour": "red"}, "colour"),
    ):
        rejected = await api.post("/assets", json=body | wrong)
        problem = rejected.json()
        assert (rejected.status_code, problem.get("field")) == (400, field), (wrong, problem)
    created = await api.post("/assets", json=body)
    assert created.status_code == 201
    again = await api.post("/assets", json=body | {"serial_number": "a1"})
    assert (again.status_code, again.json()["field"]) == (409, "serial_number")
    other = await api.post("/assets", json=body | {"product": "Another maker's"})
    assert other.status_code == 201
    rejected = await api.patch(f"/assets/{created.json()['id']}", json={"customer": 99})
    assert (rejected.status_code, rejected.json()["field"]) == (400, "customer")


async def test_a_repeated_post_creates_one_asset(api: AsyncClient) -> None:
    body = {"serial_number": "A1", "product": PRODUCT, "customer": await add_customer(api)}
    keyed = {"Idempotency-Key": "once"}
    first = await api.post("/assets", json=body, headers=keyed)
    second = await api.post("/assets", json=body, headers=keyed)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()


async def test_only_supervisors_set_the_length_of_a_warranty(client: AsyncClient) -> None:
    await make_staff("agent")
    scopes = ["customers:read", "customers:write"]
    token = await create_token("agent@desk.test", scopes, now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    created = await client.post("/api/v1/customers", json={"phone": PHONE})
    body = {"serial_number": "A1", "product": PRODUCT, "customer": created.json()["id"]}
    longer = await client.post("/api/v1/assets", json=body | {"warranty_months": 24})
    assert longer.status_code == 403
    assert (await client.post("/api/v1/assets", json=body)).status_code == 201
    for months in (24, None):
        rejected = await client.patch("/api/v1/assets/1", json={"warranty_months": months})
        assert rejected.status_code == 403
    edited = await client.patch("/api/v1/assets/1", json={"installed_on": "2026-01-02"})
    assert edited.status_code == 200
    reads = await create_token("agent@desk.test", ["tickets:read"], now=NOW)
    client.headers["Authorization"] = f"Bearer {reads}"
    assert (await client.get("/api/v1/assets")).status_code == 403
    assert (await client.post("/api/v1/assets", json=body)).status_code == 403


async def test_a_ticket_shows_the_warranty_of_its_unit(api: AsyncClient) -> None:
    today = desk_date(wall_clock.now())
    customer = await add_customer(api)
    for product, days in ((PRODUCT, 10), ("Another", 1000)):
        body = {"serial_number": "A1", "product": product, "customer": customer}
        installed = {"installed_on": str(today - timedelta(days=days))}
        assert (await api.post("/assets", json=body | installed)).status_code == 201

    async def warranty_of(**unit: str) -> str | None:
        body = {
            "kind": "repair",
            "subject": "Noise",
            "description": "It rattles",
            "customer": {"phone": PHONE},
        }
        answer = await api.post("/tickets", json=body | unit)
        assert answer.status_code == 201, answer.text
        asset = answer.json()["asset"]
        return None if asset is None else asset["warranty"]["state"]

    assert await warranty_of(serial_number="a1", product="haina  KFR-35GW") == "in_warranty"
    assert await warranty_of(serial_number="A1", product="Another") == "out_of_warranty"
    assert (
        await warranty_of(serial_number="A1") is None
    )  # units of two products have it: nobody guesses
    assert await warranty_of(serial_number="A2", product=PRODUCT) is None
    assert await warranty_of(product=PRODUCT) is None
