"""/healthz, /readyz, /metrics."""

import asyncpg
import pytest
from httpx import AsyncClient

from service_desk.database import DB
from service_desk.staff.authentication import session_cookie


async def test_without_a_database(client: AsyncClient, monkeypatch: pytest.MonkeyPatch):
    nowhere = asyncpg.create_pool("postgresql://desk@127.0.0.1:1/desk", min_size=0)
    async with nowhere:
        monkeypatch.setattr(DB, "pool", nowhere)
        ready = await client.get("/readyz")
        healthy = await client.get("/healthz")
        client.cookies.set(session_cookie(), "somebody")
        page = await client.get("/queue")
        monkeypatch.undo()
    assert (ready.status_code, healthy.status_code, page.status_code) == (503, 200, 503)
    assert not ready.json()["components"]["database"]["ok"]
    assert "数据库" in page.text


async def test_metrics(client: AsyncClient):
    await client.get("/tickets/123456")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'route="/tickets/{number}"' in answer.text
    assert "desk_tickets_opened 0.0" in answer.text
