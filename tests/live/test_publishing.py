"""publish_changes never raises and never delays its caller for long."""

import asyncio
import socket
import time

import pytest

from service_desk.live import publishing
from service_desk.live.publishing import publish_changes
from service_desk.valkey import valkey_client


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing.Pause, "until", 0.0)


async def test_without_valkey_it_does_nothing(desk: str):
    async with valkey_client("redis://127.0.0.1:1"):
        await publish_changes("100014")


async def test_without_a_client_it_does_nothing():
    await publish_changes("100014")


async def test_a_valkey_that_hangs_costs_half_a_second_once(desk: str):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        async with valkey_client(f"redis://127.0.0.1:{mute.getsockname()[1]}"):
            started = time.perf_counter()
            for _ in range(20):
                await publish_changes("100014")
            assert time.perf_counter() - started < 1


async def test_no_changes_need_no_valkey():
    await asyncio.wait_for(publish_changes(), 0.1)
