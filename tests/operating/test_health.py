"""/healthz, /readyz, /metrics."""

from datetime import timedelta

import asyncpg
import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import DB, fetch
from service_desk.operating.health import WORKER_HEARTBEAT, newest_migration
from service_desk.staff.authentication import session_cookie
from service_desk.valkey import valkey, valkey_client
from tests.factories import make_ticket


async def beat() -> None:
    await valkey().set(WORKER_HEARTBEAT, "alive", ex=60)  # type: ignore[attr-defined]


async def test_ready(client: AsyncClient):
    await beat()
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": {name: {"ok": True} for name in ("database", "schema", "valkey", "worker")},
    }


async def test_without_a_worker(client: AsyncClient):
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "service-desk worker" in answer.json()["parts"]["worker"]["detail"]
    assert answer.json()["parts"]["database"]["ok"]


async def test_the_heartbeat_is_the_one_the_worker_has():
    from workers.settings import WorkerSettings

    assert WorkerSettings.health_check_key == WORKER_HEARTBEAT


async def test_behind_a_migration(client: AsyncClient):
    await beat()
    await fetch("UPDATE migration SET name = '~' || name WHERE name = $1", newest_migration())
    try:
        answer = await client.get("/readyz")
    finally:
        await fetch("UPDATE migration SET name = substr(name, 2) WHERE name LIKE '~%'")
    assert answer.status_code == 503
    assert not answer.json()["parts"]["schema"]["ok"]


async def test_without_valkey(client: AsyncClient):
    async with valkey_client("redis://127.0.0.1:1"):
        answer = await client.get("/readyz")
    parts = answer.json()["parts"]
    assert answer.status_code == 503
    assert (parts["database"]["ok"], parts["valkey"]["ok"]) == (True, False)


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
    assert not ready.json()["parts"]["database"]["ok"]
    assert "数据库" in page.text


async def test_metrics(client: AsyncClient):
    await make_ticket(at=wall_clock.now() - timedelta(hours=5))
    await client.get("/tickets/123456")
    text = (await client.get("/metrics")).text
    assert "desk_tickets_opened 1.0" in text
    assert 'desk_outbox{state="queued"} 0.0' in text
    assert 'route="/tickets/{number}"' in text
    assert "123456" not in text
    lag = float(text.split("\ndesk_sweep_lag_seconds ")[1].split("\n")[0])
    assert 14000 < lag < 14500  # half of the response clock passed 4 hours ago
