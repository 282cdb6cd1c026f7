from httpx import AsyncClient

from service_desk.staff.operations import create_token
from tests.attachments.media_server import picture
from tests.attachments.test_pages import ticket_with
from tests.factories import NOW, make_staff, make_ticket


async def test_a_ticket_lists_its_attachments_and_serves_them(api: AsyncClient) -> None:
    ticket = await ticket_with(("p.jpg", picture()), ("x.zip", b"PK\x03\x04\x00"))
    listed = (await api.get(f"/tickets/{ticket.number}")).json()["messages"][0]["attachments"]
    size = len(picture())
    assert listed == [
        {"id": 1, "name": "p.jpg", "media_type": "image/jpeg", "size": size, "state": "stored",
         "reason": None, "thumbnail": True},
        {"id": 2, "name": "x.zip", "media_type": None, "size": None, "state": "rejected",
         "reason": "forbidden_type", "thumbnail": False},
    ]  # fmt: skip
    response = await api.get(f"/tickets/{ticket.number}/attachments/1")
    assert response.content == picture()
    assert (await api.get(f"/tickets/{ticket.number}/attachments/2")).status_code == 404


async def test_requires_the_scope_and_the_ticket_it_belongs_to(api: AsyncClient) -> None:
    ticket, other = await ticket_with(("p.jpg", picture())), await make_ticket()
    assert (await api.get(f"/tickets/{other.number}/attachments/1")).status_code == 404
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["customers:read"], now=NOW)
    url = f"/tickets/{ticket.number}/attachments/1"
    without = await api.get(url, headers={"Authorization": f"Bearer {token}"})
    assert without.status_code == 403
    assert (await api.get(url, headers={"Authorization": ""})).status_code == 401


async def test_it_is_in_the_openapi_document(api: AsyncClient) -> None:
    api.base_url = "http://desk.test"
    paths = (await api.get("/schema/openapi.json")).json()["paths"]
    described = paths["/api/v1/tickets/{number}/attachments/{attachment}"]["get"]
    assert described["operationId"] == "get_attachment"
