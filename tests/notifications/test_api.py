"""REST of what the caller was told."""

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.tickets import progress
from tests.factories import make_staff, make_ticket


async def test_the_caller_reads_what_they_were_told(api: AsyncClient) -> None:
    for n in range(2):
        await make_ticket("It is on fire", phone=f"+861380013800{n}")
    first = (await api.get("/notifications", params={"limit": 1})).json()
    (newest,) = first["items"]
    assert (newest["kind"], newest["read_at"], newest["sent_by"]) == ("safety", None, ["email"])
    rest = (await api.get("/notifications", params={"after": first["next"]})).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    assert (await api.post("/notifications/read", json={"ids": [newest["id"]]})).json() == {
        "read": 1
    }
    assert (await api.post("/notifications/read", json={})).json() == {"read": 1}
    again = (await api.get("/notifications")).json()["items"]
    assert all(item["read_at"] for item in again)


async def test_a_supervisor_answers_what_was_referred(api: AsyncClient) -> None:
    agent, number = await make_staff(), (await make_ticket(at=wall_clock.now())).number
    await progress.refer(number, "May we pay?", staff_id=agent, now=wall_clock.now())
    answered = await api.post(f"/tickets/{number}/answer", json={"body": "Yes, up to 100"})
    clocks = {clock["name"]: clock["state"] for clock in answered.json()["clocks"]}
    assert (answered.status_code, clocks["referral"]) == (200, "met")
    again = await api.post(f"/tickets/{number}/answer", json={"body": "Yes"})
    assert again.status_code == 409
