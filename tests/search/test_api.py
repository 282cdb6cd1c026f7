"""`GET /api/v1/search`."""

from httpx import AsyncClient

from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff, make_ticket


async def test_items_have_type_number_or_id_title_and_excerpt(api: AsyncClient) -> None:
    ticket = await make_ticket("The heater makes a noise like a kettle", phone="+8613812340777")
    items = (await api.get("/search", params={"q": "138 1234 0777"})).json()["items"]
    assert [item["type"] for item in items] == ["customer", "ticket"]
    assert items[0].keys() == {"type", "title", "excerpt", "id"}
    assert items[1]["number"] == ticket.number
    assert items[1]["title"] == "The heater makes a noise like a kettle"
    (item,) = (await api.get("/search", params={"q": "kettle", "limit": 1})).json()["items"]
    assert item["number"] == ticket.number
    assert "like a kettle" in item["excerpt"]


async def test_what_the_token_may_not_read_is_left_out(api: AsyncClient) -> None:
    ticket = await make_ticket(phone="+8613812340777")
    await make_staff(email="reader@desk.test")
    token = await create_token("reader@desk.test", ["tickets:read"], now=NOW)
    headers = {"Authorization": f"Bearer {token}"}
    found = await api.get("/search", params={"q": "0777"}, headers=headers)
    assert [item["type"] for item in found.json()["items"]] == ["ticket"]
    assert found.json()["items"][0]["number"] == ticket.number


async def test_a_search_names_what_it_needs(api: AsyncClient) -> None:
    assert (await api.get("/search")).status_code == 400
    assert (await api.get("/search", params={"q": ""})).json()["items"] == []
    assert (await api.get("/search", params={"q": "x" * 201})).status_code == 400
