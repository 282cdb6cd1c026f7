"""What /readyz says of each component."""

import asyncio

import pytest
from httpx import AsyncClient

from service_desk.database import fetch
from service_desk.migrating import newest_migration
from service_desk.operating import readiness
from service_desk.operating.readiness import ComponentHealth
from service_desk.valkey import WORKER_HEARTBEAT, valkey_client
from tests.factories import redis


async def beat() -> None:
    await redis().set(WORKER_HEARTBEAT, "alive", ex=60)


async def test_ready(client: AsyncClient):
    await beat()
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "components": {name: {"ok": True} for name in ("database", "schema", "valkey", "worker")},
        "warnings": [],
    }


@pytest.mark.usefixtures("no_gateways")
async def test_what_cannot_be_sent_is_a_warning(client: AsyncClient):
    await beat()
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["warnings"]) == (
        200,
        [
            "SMS cannot be sent: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: until then it waits",
            "e-mail cannot be sent: set SMTP_URL: until then it waits",
        ],
    )


async def test_without_a_worker(client: AsyncClient):
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "service-desk worker" in answer.json()["components"]["worker"]["detail"]
    assert answer.json()["components"]["database"]["ok"]


async def test_behind_a_migration(client: AsyncClient):
    await beat()
    await fetch("UPDATE migration SET name = '~' || name WHERE name = $1", newest_migration())
    try:
        answer = await client.get("/readyz")
    finally:
        await fetch("UPDATE migration SET name = substr(name, 2) WHERE name LIKE '~%'")
    assert answer.status_code == 503
    assert not answer.json()["components"]["schema"]["ok"]


async def test_without_valkey(client: AsyncClient):
    async with valkey_client("redis://127.0.0.1:1"):
        answer = await client.get("/readyz")
    components = answer.json()["components"]
    assert answer.status_code == 503
    assert (components["database"]["ok"], components["valkey"]["ok"]) == (True, False)


async def test_a_check_that_hangs_is_not_waited_for(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    """Not even for its cancellation, which takes a while as well."""
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def hang() -> ComponentHealth:
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()
            ended.set()
        return ComponentHealth(True)

    monkeypatch.setattr(readiness, "CHECK_TIMEOUT", 0.01)
    monkeypatch.setattr(readiness, "_check_worker", hang)
    async with asyncio.timeout(20):  # against hanging for ever
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "no answer" in answer.json()["components"]["worker"]["detail"]
        assert not ended.is_set()
        may_end.set()
        await ended.wait()
