"""What is deleted after a while, and what is kept."""

from datetime import timedelta

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.operating.housekeeping import delete_expired
from tests.caller import Call
from tests.twilio_side import text_desk


async def test_receipts_are_deleted_but_no_text_of_a_customer(client: AsyncClient) -> None:
    for body in ("Thanks!", "STATUS", "", "The washer is broken"):
        await text_desk(client, body)
    call = Call(client)
    await call.dial()
    await call.hang_up()
    now = wall_clock.now()
    await delete_expired(now + timedelta(days=29))
    assert len(await fetch("SELECT FROM inbound_receipt")) == 5
    await delete_expired(now + timedelta(days=31))
    left = await fetch("SELECT body FROM inbound_receipt ORDER BY at")
    assert [row["body"] for row in left] == ["Thanks!", "STATUS"]
    messages = await fetch("SELECT body FROM message WHERE direction = 'in' ORDER BY id")
    assert [row["body"] for row in messages] == ["", "The washer is broken"]
