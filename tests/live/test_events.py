"""announce never fails and never holds anybody up."""

import asyncio
import socket
import time

import pytest

from service_desk.live import events
from service_desk.live.events import announce
from service_desk.valkey import valkey_client


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events._Quiet, "until", 0.0)


async def test_without_valkey_it_says_nothing(desk: str):
    async with valkey_client("redis://127.0.0.1:1"):
        await announce("100014")


async def test_outside_of_any_client_it_says_nothing():
    await announce("100014")


async def test_a_valkey_that_hangs_costs_half_a_second_once(desk: str):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        async with valkey_client(f"redis://127.0.0.1:{mute.getsockname()[1]}"):
            started = time.perf_counter()
            for _ in range(20):
                await announce("100014")
            assert time.perf_counter() - started < 1


async def test_nothing_to_say_asks_nobody():
    await asyncio.wait_for(announce(), 0.1)
