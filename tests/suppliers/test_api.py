import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.settings import get_settings
from service_desk.staff.operations import create_token
from service_desk.suppliers.sweep import sweep_ladders
from tests.factories import NOW, make_staff, make_ticket
from tests.suppliers.offending import LEAK, SUPPLIER, offend

PUMPS = {"name": SUPPLIER, "email": "boss@pumps.test", "locale": "en"}


async def add_supplier(api: AsyncClient) -> int:
    answer = await api.post("/suppliers", json=PUMPS)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_supplier_is_added_edited_and_listed(api: AsyncClient) -> None:
    supplier = await add_supplier(api)
    again = await api.post("/suppliers", json=PUMPS)
    assert (again.status_code, again.json()["field"]) == (409, "name")
    edited = await api.patch(
        f"/suppliers/{supplier}", json={"contract_started_on": "2026-01-01", "phone": None}
    )
    assert edited.status_code == 200, edited.text
    assert edited.json()["contract_started_on"] == "2026-01-01"
    await api.post("/suppliers", json={"name": "100%_Pumps"})
    for q in ("100%_p", "pumps 100", "100 Pumsp"):
        listed = (await api.get("/suppliers", params={"q": q})).json()
        assert [item["name"] for item in listed["items"]] == ["100%_Pumps"], q
    first = (await api.get("/suppliers", params={"limit": 1})).json()
    second = (await api.get("/suppliers", params={"limit": 1, "after": first["next"]})).json()
    names = [item["name"] for item in first["items"] + second["items"]]
    assert names == ["100%_Pumps", SUPPLIER]
    assert second["next"] is None
    assert (await api.get("/suppliers/99")).status_code == 404


async def test_a_blank_name_is_refused(api: AsyncClient) -> None:
    refused = await api.post("/suppliers", json={"name": " \u00a0\t "})
    assert (refused.status_code, refused.json()["field"]) == (400, "name")
    made = await api.post("/suppliers", json={"name": " Northern  Pumps "})
    assert made.json()["name"] == SUPPLIER


async def test_the_ladder_from_offence_to_ledger(api: AsyncClient) -> None:
    supplier = await add_supplier(api)
    staff = await make_staff()
    now = wall_clock.now()
    numbers = await offend(4, staff, at=now)
    await sweep_ladders(now)

    ladder = (await api.get(f"/suppliers/{supplier}/ladder")).json()
    (category,) = ladder["categories"]
    assert (category["category"], category["offences"]) == (LEAK, 4)
    assert category["tickets"] == numbers
    assert sorted(action["rung"] for action in ladder["actions"]) == [
        "ultimatum",
        "verbal_warning",
    ]
    past = (await api.get(f"/suppliers/{supplier}/ladder", params={"month": "2020-01"})).json()
    assert past["categories"] == []
    wrong = await api.get(f"/suppliers/{supplier}/ladder", params={"month": "2020-13"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "month")

    proposed = (await api.get("/supplier-actions", params={"state": "proposed"})).json()["items"]
    assert [action["evidence"] for action in proposed] == [numbers, numbers]
    assert proposed[0]["supplier_name"] == SUPPLIER
    assert proposed[0]["because"] == {"count": 4, "above": 3}

    ultimatum, warning = (action["id"] for action in proposed)
    approved = await api.post(f"/supplier-actions/{ultimatum}/approve")
    assert approved.status_code == 200, approved.text
    assert (approved.json()["state"], approved.json()["decided_by"]) == ("approved", "Admin")
    rejected = await api.post(f"/supplier-actions/{warning}/reject", json={"note": "One is enough"})
    assert rejected.status_code == 200, rejected.text
    assert rejected.json()["decision_note"] == "One is enough"
    twice = await api.post(f"/supplier-actions/{ultimatum}/approve", json={})
    assert (twice.status_code, twice.json()["state"]) == (409, "approved")
    overturned = await api.post(f"/supplier-actions/{ultimatum}/overturn", json={"note": "Right"})
    assert overturned.json()["state"] == "overturned"
    assert (await api.post("/supplier-actions/99/approve")).status_code == 404

    view = (await api.get(f"/suppliers/{supplier}")).json()
    assert (view["offences"], view["offences_this_month"], view["proposed"]) == (4, 4, 0)


async def test_the_ledger(api: AsyncClient) -> None:
    supplier = await add_supplier(api)
    for amount in (100_00, 50_00):
        body = {"amount": amount, "reason": "Deposit"}
        answer = await api.post(f"/suppliers/{supplier}/ledger", json=body)
        assert answer.status_code == 201, answer.text
    ledger = (await api.get(f"/suppliers/{supplier}/ledger", params={"limit": 1})).json()
    assert (ledger["balance"], ledger["owed"], ledger["currency"]) == (150_00, 0, "CNY")
    assert [item["amount"] for item in ledger["items"]] == [50_00]
    params = {"limit": 1, "after": ledger["next"]}
    older = (await api.get(f"/suppliers/{supplier}/ledger", params=params)).json()
    assert [item["amount"] for item in older["items"]] == [100_00]
    refused = await api.post(f"/suppliers/{supplier}/ledger", json={"amount": -1, "reason": "x"})
    assert (refused.status_code, refused.json()["field"]) == (400, "amount")
    assert (await api.get("/suppliers/99/ledger")).status_code == 404
    blank = await api.post(f"/suppliers/{supplier}/ledger", json={"amount": 1, "reason": "  "})
    assert (blank.status_code, blank.json()["field"]) == (400, "reason")


async def test_an_entry_is_undone_with_a_reason(api: AsyncClient) -> None:
    supplier = await add_supplier(api)
    await api.post(f"/suppliers/{supplier}/ledger", json={"amount": 900, "reason": "Typo"})
    undo = f"/suppliers/{supplier}/ledger/1/undo"
    for body in ({}, {"reason": ""}, {"reason": "  "}):
        refused = await api.post(undo, json=body)
        assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    undone = await api.post(undo, json={"reason": "It was 90"})
    assert undone.status_code == 200, undone.text
    assert undone.json()["balance"] == 0
    assert [
        (item["kind"], item["reverses"], item["undone_by"], item["can_be_undone"])
        for item in undone.json()["items"]
    ] == [("reversal", 1, None, False), ("deposit", None, 2, False)]
    assert (await api.post(undo, json={"reason": "again"})).status_code == 409
    missing = await api.post(f"/suppliers/{supplier}/ledger/9/undo", json={"reason": "x"})
    assert missing.status_code == 404


async def test_agents_read_and_supervisors_decide(client: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["all"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    assert (await client.get("/api/v1/suppliers")).status_code == 200
    assert (await client.get("/api/v1/supplier-actions")).status_code == 200
    assert (await client.post("/api/v1/suppliers", json=PUMPS)).status_code == 403
    assert (await client.post("/api/v1/supplier-actions/1/approve")).status_code == 403
    undo = await client.post("/api/v1/suppliers/1/ledger/1/undo", json={"reason": "x"})
    assert undo.status_code == 403


async def test_amounts_are_in_the_desks_currency(
    api: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is a setting: of suppliers, of their ledger and of compensations."""
    monkeypatch.setenv("DESK_CURRENCY", "EUR")
    get_settings.cache_clear()
    try:
        supplier = (await api.post("/suppliers", json={"name": "Motors"})).json()
        deposit = {"amount": 100, "reason": "As agreed"}
        path = f"/suppliers/{supplier['id']}/ledger"
        assert (await api.post(path, json=deposit)).status_code == 201
        ledger = (await api.get(path)).json()
        ticket = await make_ticket()
        proposal = {"amount": 100, "reason": "Wet floor"}
        paid = await api.post(f"/tickets/{ticket.number}/compensate", json=proposal)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert supplier["currency"] == ledger["currency"] == ledger["items"][0]["currency"] == "EUR"
    assert paid.json()["compensations"][0]["currency"] == "EUR"
