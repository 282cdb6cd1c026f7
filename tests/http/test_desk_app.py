"""What holds for every request: as a server calls the app."""

from typing import Any

from httpx import AsyncClient
from litestar import Litestar
from litestar.types import Message
from structlog.testing import capture_logs

from service_desk.staff.operations import create_token
from service_desk.web.metrics import REGISTRY
from tests.factories import NOW, make_staff


def counted(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("desk_requests_total", labels) or 0


async def test_refusals_are_counted_as_what_they_are(api: AsyncClient) -> None:
    wrong = ("GET", "/api/v1/tickets", 400)
    unknown = ("DELETE", "none", 405)
    nobody = ("GET", "/api/v1/queue", 401)
    before = [counted(*one) for one in (wrong, unknown, nobody)]
    assert (await api.get("/tickets?limit=0")).status_code == 400
    assert (await api.delete("/tickets")).status_code == 405
    assert (await api.get("/queue", headers={"Authorization": ""})).status_code == 401
    after = [counted(*one) for one in (wrong, unknown, nobody)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]


async def test_a_405_and_options_name_every_method(api: AsyncClient) -> None:
    refused = await api.delete("/tickets")
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    options = await api.options("/tickets")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert (await api.options("/customers/1")).headers["allow"] == "GET, HEAD, OPTIONS, PATCH"
    assert (await api.options("/nowhere")).status_code == 404


async def test_a_client_that_hangs_up_is_no_error_of_ours(desk: str, app: Litestar) -> None:
    await make_staff("admin")
    token = await create_token("admin@desk.test", ["all"], now=NOW)
    parts: list[Any] = [
        {"type": "http.request", "body": b'{"kind', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-type", b"application/json"),
    ]
    scope: Any = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/v1/tickets", "raw_path": b"/api/v1/tickets", "query_string": b"",
        "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("desk", 80),
        "extensions": {},
    }  # fmt: skip
    gone = counted("POST", "/api/v1/tickets", 499)
    with capture_logs() as logged:
        await app(scope, receive, send)
    assert logged == []
    assert counted("POST", "/api/v1/tickets", 499) == gone + 1
