"""PATCH of a ticket, over HTTP."""

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff, make_ticket


async def test_only_what_is_given_changes(api: AsyncClient) -> None:
    path = f"/tickets/{(await make_ticket(at=wall_clock.now(), product='W1')).number}"
    answer = await api.patch(path, json={"serial_number": "AB12"})
    assert answer.status_code == 200
    assert (answer.json()["product"], answer.json()["serial_number"]) == ("W1", "AB12")
    answer = await api.patch(path, json={"customer": {"phone": "139 0013 9000"}, "product": None})
    assert (answer.json()["customer"]["phone"], answer.json()["product"]) == (
        "+8613900139000",
        None,
    )
    events = [one["data"] for one in answer.json()["events"] if one["type"] == "ticket.corrected"]
    assert events[-1]["product"] == {"from": "W1", "to": None}
    for wrong, field in (
        ({"kind": "repair"}, "kind"),
        ({"subject": None}, "subject"),
        ({"customer": {"id": 2**63}}, "customer.id"),
    ):
        refused = await api.patch(path, json=wrong)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert (await api.patch("/tickets/100022", json={})).status_code == 404


async def test_what_somebody_else_corrected_meanwhile_is_named(api: AsyncClient) -> None:
    await make_staff("supervisor")
    token = await create_token("supervisor@desk.test", ["all"], now=NOW)
    two = {"Authorization": f"Bearer {token}"}
    path = f"/tickets/{(await make_ticket(at=wall_clock.now())).number}"
    based = {"version": (await api.get(path)).json()["version"]}
    theirs = {"product": "W7", "customer": {"phone": "13900139000", "name": "Han Mei"}}
    assert (await api.patch(path, json=theirs, headers=two)).status_code == 200
    other = await api.patch(path, json={"subject": "Another"} | based)
    assert (other.status_code, other.json()["product"]) == (200, "W7")
    same = await api.patch(path, json={"product": "W8", "customer": {"id": 1}} | based)
    assert same.status_code == 409
    assert "Supervisor set product to “W7”" in same.json()["detail"]
    assert "Supervisor set customer to “Han Mei”" in same.json()["detail"]
    assert (await api.get(path)).json()["product"] == "W7"
