from httpx import AsyncClient

from service_desk.web.metrics import exposition


async def test_requests_are_counted_by_route_and_not_by_path(client: AsyncClient):
    await client.get("/tickets/123456")
    text = exposition().decode()
    assert 'route="/tickets/{number}"' in text
    assert "123456" not in text
