"""REST of due times set by hand, over HTTP."""

from datetime import datetime, timedelta

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff, make_ticket
from tests.rest.calling import post


async def test_a_due_time_set_manually(api: AsyncClient) -> None:
    now = wall_clock.now()
    at = f"/tickets/{(await make_ticket(at=now)).number}"
    later = (now + timedelta(days=5)).replace(microsecond=0)
    body = {"clock": "resolution", "at": later.isoformat(), "reason": "On holiday"}
    ticket = await post(api, f"{at}/due", body)
    by_hand = {one["name"]: one for one in ticket["clocks"]}["resolution"]
    assert (datetime.fromisoformat(by_hand["due_at"]), by_hand["due_set_manually"]) == (later, True)
    for wrong, field in [
        ({"at": "2026-10-20T09:00:00"}, "at"),
        ({"at": "2026-10-14T09:00:00Z"}, "at"),
        ({"at": "9999-12-31T23:59:59Z"}, "at"),
        ({"clock": "promise"}, "clock"),
        ({"clock": "referral"}, "clock"),
        ({"reason": ""}, "reason"),
        ({"reason": " "}, "reason"),
        ({"due_at": later.isoformat()}, "due_at"),  # the name that an answer has, not this
    ]:
        assert (await post(api, f"{at}/due", body | wrong, 400))["field"] == field
    assert (await api.post("/tickets/1/due", json=body)).status_code == 404
    overdue = (await make_ticket(at=now - timedelta(days=3), phone="+8613800138001")).number
    problem = await post(api, f"/tickets/{overdue}/due", body, 409)
    assert problem["detail"].startswith("The resolution clock is overdue")


async def test_an_agent_cannot_postpone_a_due_time(client: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["all"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    now = wall_clock.now()
    path = f"/api/v1/tickets/{(await make_ticket(at=now)).number}/due"
    body = {"clock": "resolution", "at": (now + timedelta(hours=49)).isoformat(), "reason": "x"}
    refused = await client.post(path, json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (
        403,
        "application/problem+json",
    )
    assert refused.json()["detail"] == (
        "Only a supervisor can set a due time later than promised. Set an earlier one, or ask a "
        "supervisor."
    )
    body["at"] = (now + timedelta(hours=20)).isoformat()
    assert (await client.post(path, json=body)).status_code == 200
