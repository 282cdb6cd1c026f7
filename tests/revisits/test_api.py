from datetime import timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.revisits.planning import plan_revisits
from service_desk.rules.customers.revisit_cadence import RevisitPolicy
from tests.factories import make_staff
from tests.revisits.calling import create_customer


async def test_revisits_are_listed_and_closed(api: AsyncClient) -> None:
    agent = await make_staff()
    now = wall_clock.now()
    for tier, days in (("C", 181), ("A", 7), ("B", 31)):
        await create_customer(tier, last_contact=now - timedelta(days=days), owner=agent)
    await plan_revisits(now)

    answer = await api.get("/revisits", params={"limit": 2})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    rest = (await api.get("/revisits", params={"limit": 2, "after": page["next"]})).json()
    items = page["items"] + rest["items"]
    assert rest["next"] is None
    assert sorted(item["tier"] for item in items) == ["A", "B", "C"]
    assert [item["due_on"] for item in items] == sorted(item["due_on"] for item in items)
    first = next(item for item in items if item["tier"] == "A")
    assert (first["kind"], first["state"], first["assignee"]) == (
        *("call", "planned"),
        "agent@desk.test",
    )

    path = f"/revisits/{first['id']}/outcome"
    done = await api.post(path, json={"outcome": "reached", "note": "All fine"})
    assert done.status_code == 200, done.text
    assert (done.json()["state"], done.json()["note"]) == ("done", "All fine")
    again = await api.post(path, json={"outcome": "reached"})
    assert again.status_code == 409
    assert again.json()["state"] == "done"
    left = (await api.get("/revisits", params={"assignee": "agent@desk.test"})).json()["items"]
    assert len(left) == 2
    everything = (await api.get("/revisits", params={"state": "any"})).json()["items"]
    assert len(everything) == 3


async def test_invalid_input_names_the_field(api: AsyncClient) -> None:
    refused = await api.post("/revisits/1/outcome", json={"outcome": "maybe"})
    assert (refused.status_code, refused.json()["field"]) == (400, "outcome")
    assert "no_answer" in refused.json()["detail"]
    refused = await api.post("/revisits/1/outcome", json={"outcome": "reached", "next_on": "x"})
    assert (refused.status_code, refused.json()["field"]) == (400, "next_on")
    assert (await api.post("/revisits/1/outcome", json={"outcome": "reached"})).status_code == 404
    assert (await api.get("/revisits", params={"state": "lost"})).status_code == 400


async def test_unplanned_revisits_are_listed(
    api: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_staff()
    monkeypatch.setattr("service_desk.revisits.planning.POLICY", RevisitPolicy(daily_capacity=0))
    customer = await create_customer("A", name="Zhang San")
    answer = await api.get("/revisits/unplanned")
    assert answer.status_code == 200, answer.text
    (left,) = answer.json()
    assert (left["customer"], left["customer_name"], left["kind"]) == (
        customer,
        "Zhang San",
        "call",
    )
