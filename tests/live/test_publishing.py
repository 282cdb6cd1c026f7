"""publish_changes never raises, and an outage of Valkey delays its callers once."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as ValkeyConnectionError

from service_desk import valkey
from service_desk.live import publishing
from service_desk.live.publishing import CHANNEL, publish_changes
from service_desk.valkey import valkey_client


class Client:
    """In place of Valkey's: counts what is published, and fails or hangs if it is to."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []
        self.error: Exception | None = None
        self.hangs = False

    async def publish(self, channel: str, message: str) -> None:
        self.published.append((channel, message))
        if self.error:
            raise self.error
        if self.hangs:
            await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing.Pause, "until", 0.0)
    monkeypatch.setattr(publishing, "PAUSE_AFTER_FAILURE", 3600.0)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    client = Client()
    monkeypatch.setattr(publishing, "valkey", lambda: client)
    return client


async def test_changes_are_published(client: Client):
    await publish_changes("100023", "100014")
    assert client.published == [(CHANNEL, "100014 100023")]


async def test_after_a_failure_there_is_no_other_try_for_a_while(client: Client):
    client.error = ValkeyConnectionError("gone")
    await publish_changes("100014")
    await publish_changes("100023")
    assert client.published == [(CHANNEL, "100014")]
    publishing.Pause.until, client.error = 0.0, None
    await publish_changes("100031")
    assert client.published[1:] == [(CHANNEL, "100031")]


async def test_a_valkey_that_hangs_holds_up_one_caller_and_no_other(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(publishing, "PUBLISH_TIMEOUT", 0.01)
    client.hangs = True
    async with asyncio.timeout(20):  # against hanging for ever
        for _ in range(20):
            await publish_changes("100014")
    assert len(client.published) == 1


async def test_a_client_that_reaches_nothing_raises_nothing():
    async with valkey_client("redis://127.0.0.1:1"):
        await publish_changes("100014")
    assert publishing.Pause.until > 0  # it was tried


async def test_a_process_without_a_client_raises_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vars(valkey)["_Running"], "client", None)
    await publish_changes("100014")
    assert publishing.Pause.until > 0


async def test_no_changes_need_no_valkey(client: Client):
    await publish_changes()
    assert client.published == []
