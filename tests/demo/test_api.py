"""POST /demo/clock: only in demo mode, within limits, followed by other processes."""

import os
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from httpx import AsyncClient
from litestar import Litestar

from service_desk import app as app_module
from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.settings import get_settings
from tests.in_process import client_of


@pytest.fixture
async def demo(
    desk: str, demo_app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[AsyncClient]:
    monkeypatch.setitem(os.environ, "DESK_DEMO", "1")
    get_settings.cache_clear()
    async with client_of(demo_app) as client:
        yield client
    monkeypatch.undo()
    get_settings.cache_clear()
    wall_clock.set_offset(0)


async def test_outside_demo_mode_there_is_no_such_thing(client: AsyncClient):
    before = wall_clock.now()
    answer = await client.post("/demo/clock", json={"advance_seconds": 10800})
    assert answer.status_code == 404
    assert wall_clock.now() - before < timedelta(minutes=1)


async def test_it_moves_and_adds_up(demo: AsyncClient):
    before = wall_clock.now()
    answers = [await demo.post("/demo/clock", json={"advance_seconds": 5400}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert timedelta(hours=3) <= wall_clock.now() - before < timedelta(hours=3, minutes=1)
    assert answers[-1].json()["now"].startswith(wall_clock.now().isoformat()[:16])


@pytest.mark.parametrize("body", [{}, {"advance_seconds": -1}, {"advance_seconds": 10**9},
                                  {"advance_seconds": "soon"}, {"advance": 5}])  # fmt: skip
async def test_limits(demo: AsyncClient, body: dict[str, object]):
    answer = await demo.post("/demo/clock", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_every_request_follows_a_clock_that_another_process_moved(
    demo: AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    await demo.get("/login")
    await fetch("INSERT INTO demo_clock (id, offset_seconds) VALUES (1, 86400)")
    monkeypatch.setattr(app_module.LastFollow, "at", 0.0)
    before = wall_clock.now()
    await demo.get("/login")
    assert wall_clock.now() - before > timedelta(hours=23)


async def test_a_session_outlives_the_moved_clock(demo: AsyncClient):
    """Sessions run on the wall's time: moving a month on signs nobody out."""
    from tests.staff.test_pages import log_in, make_agent

    await make_agent()
    from tests.factories import PASSWORD

    await log_in(demo, PASSWORD)
    await demo.post("/demo/clock", json={"advance_seconds": 30 * 86400})
    assert (await demo.get("/queue")).status_code == 200
