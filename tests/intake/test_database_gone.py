"""Webhooks while the database is out of reach: refused so that Twilio sends them again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import pytest

from service_desk.database import DB, _speak_json, fetch_value
from tests.twilio_side import new_sid, post_signed, sms

SMS = "/webhooks/twilio/sms"


class Wire:
    """The wire to PostgreSQL, which one can cut and mend."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    @property
    def url(self) -> str:
        user, _, _ = self._to.netloc.rpartition("@")
        return self._to._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._ends |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def wire(desk: str, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Wire]:
    """The app's pool goes by this wire, and by nothing else."""
    wire = Wire(desk)
    await wire.mend()
    pool = await asyncpg.create_pool(wire.url, min_size=1, max_size=4, init=_speak_json, timeout=2)
    monkeypatch.setattr(DB, "pool", pool)
    yield wire
    await wire.cut()
    pool.terminate()


async def test_nothing_acknowledged_is_lost(client, wire: Wire) -> None:
    before, during = sms("before"), sms("during")
    assert (await post_signed(client, SMS, before)).status_code == 200
    await wire.cut()
    for _ in range(3):
        response = await post_signed(client, SMS, during)
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0
        assert response.json()["status"] == 503
    await wire.mend()
    assert (await post_signed(client, SMS, during)).status_code == 200
    assert (await post_signed(client, SMS, during)).status_code == 200
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2


async def test_a_call_is_refused_so_that_the_carrier_falls_back(client, wire: Wire) -> None:
    params = {"CallSid": new_sid("CA"), "From": "+8613800138000"}
    await wire.cut()
    for path in ("", "/menu", "/recording", "/status"):
        response = await post_signed(
            client, f"/webhooks/twilio/voice{path}", params | {"CallStatus": "completed"}
        )
        assert response.status_code == 503, path


async def test_a_wrong_signature_needs_no_database(client, wire: Wire) -> None:
    await wire.cut()
    response = await client.post(SMS, data=sms("x"), headers={"X-Twilio-Signature": "x"})
    assert response.status_code == 403
