"""Webhooks while the database is out of reach: refused so that Twilio sends them again."""

from collections.abc import AsyncGenerator

import asyncpg
import pytest
from httpx import AsyncClient

from service_desk.database import DB, fetch_value, set_json_codec
from tests.twilio_side import new_sid, post_signed, sms
from tests.wire import Wire

SMS = "/webhooks/twilio/sms"


@pytest.fixture
async def wire(desk: str, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Wire]:
    """The app's pool goes by this wire, and by nothing else."""
    wire = Wire(desk)
    await wire.mend()
    pool = await asyncpg.create_pool(
        wire.url, min_size=1, max_size=4, init=set_json_codec, timeout=2
    )
    monkeypatch.setattr(DB, "pool", pool)
    yield wire
    await wire.cut()
    pool.terminate()


async def test_nothing_acknowledged_is_lost(client: AsyncClient, wire: Wire) -> None:
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


async def test_a_call_is_refused_so_that_the_carrier_falls_back(
    client: AsyncClient, wire: Wire
) -> None:
    params = {"CallSid": new_sid("CA"), "From": "+8613800138000"}
    await wire.cut()
    for path in ("", "/menu", "/recording", "/status"):
        response = await post_signed(
            client, f"/webhooks/twilio/voice{path}", params | {"CallStatus": "completed"}
        )
        assert response.status_code == 503, path


async def test_a_wrong_signature_needs_no_database(client: AsyncClient, wire: Wire) -> None:
    await wire.cut()
    response = await client.post(SMS, data=sms("x"), headers={"X-Twilio-Signature": "x"})
    assert response.status_code == 403
