"""What surrounds the routes."""

import httpx
import pytest
from httpx import AsyncClient
from litestar import Litestar

from service_desk import app as app_module
from service_desk.app import create_app, open_connections
from service_desk.database import DB, WEB_STATEMENT_SECONDS, fetch
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import hash_token
from tests.demo.conftest import demo, demo_app
from tests.factories import make_staff
from tests.in_process import client_of

__all__ = ["demo", "demo_app"]


@pytest.fixture(scope="module")
def outside_demo_mode(database: str) -> Litestar:
    return create_app()


async def test_the_web_gives_up_on_a_statement_in_time(desk: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(DB, "pool", None)
    monkeypatch.setattr(DB, "command_timeout", None)
    async with open_connections(create_app()):
        assert DB.command_timeout == WEB_STATEMENT_SECONDS


@pytest.mark.parametrize(
    ("path", "requests"),
    [("/healthz", 0), ("/readyz", 0), ("/static/base.css", 0), ("/support", 1), ("/login", 1)],
)
async def test_the_demo_clock_hinders_nothing(
    demo: None, demo_app: Litestar, monkeypatch: pytest.MonkeyPatch, path: str, requests: int
):
    """The database is gone: what needs none answers, and is not even asked for the time."""
    requested: list[str] = []

    async def gone() -> None:
        requested.append(path)
        raise ConnectionRefusedError

    monkeypatch.setattr(app_module, "follow_demo_clock", gone)
    monkeypatch.setattr(app_module.LastFollow, "at", 0.0)
    async with client_of(demo_app) as client:
        answer: httpx.Response = await client.get(path)
    assert answer.status_code in (200, 503)
    assert (answer.status_code == 503) == (path == "/readyz")  # no worker runs here
    assert len(requested) == requests


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/demo/clock"),
        ("POST", "/demo/clock"),
        ("GET", "/handset"),
        ("POST", "/handset/text"),
        ("PUT", "/handset/call"),
    ],
)
async def test_outside_demo_mode_there_is_no_such_thing(
    desk: str, outside_demo_mode: Litestar, method: str, path: str
):
    async with client_of(outside_demo_mode) as client:
        answer = await client.request(method, path, content=b"{")
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/login", "/support", "/static/base.css"])
async def test_head_is_get_without_a_body(client: AsyncClient, path: str):
    got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/static/base.css"])
async def test_no_cookies_for_programs(client: AsyncClient, path: str):
    assert "set-cookie" not in (await client.get(path)).headers


@pytest.mark.parametrize("path", ["/nowhere", "/queue/nowhere"])
async def test_staff_stay_inside_at_an_address_that_does_not_exist(client: AsyncClient, path: str):
    await make_staff("agent")
    await fetch(
        "INSERT INTO staff_session (token_hash, staff, created_at, expires_at) "
        "SELECT $1, id, now(), now() + interval '1 hour' FROM staff",
        hash_token("token"),
    )
    stranger = await client.get(path)
    client.cookies.set(session_cookie(), "token")
    known = await client.get(path)
    assert (stranger.status_code, known.status_code) == (404, 404)
    assert "main-nav" in known.text
    assert "main-nav" not in stranger.text
