"""RCS and Messenger come by the webhook of SMS."""

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.tickets.conversation import reply
from tests.factories import PHONE, make_staff
from tests.twilio_side import number_in, post_signed, reply_text, sms, text_desk

MESSENGER = "messenger:1234567890123456"


async def write(client: AsyncClient, sender: str, body: str) -> str:
    response = await post_signed(client, "/webhooks/twilio/sms", sms(body, sender=sender))
    assert response.status_code == 200, response.text
    return reply_text(response)


async def test_rcs_is_the_customer_with_that_number_and_is_answered_by_sms(
    client: AsyncClient,
) -> None:
    number = number_in(await text_desk(client, "The washer is broken"))
    assert await write(client, f"rcs:{PHONE}", "And is loud") == f"Added to your ticket {number}."
    assert await fetch_value("SELECT count(*) FROM customer") == 1
    await reply(number, "We come tomorrow", staff_id=await make_staff(), now=wall_clock.now())
    row = (await fetch("SELECT channel, recipient FROM outbox WHERE purpose = 'reply'"))[0]
    assert tuple(row) == ("sms", PHONE)


async def test_messenger_is_answered_and_a_reply_that_nobody_gets_meets_no_clock(
    client: AsyncClient,
) -> None:
    number = number_in(await write(client, MESSENGER, "The washer is broken"))
    assert await write(client, MESSENGER, "And is loud") == f"Added to your ticket {number}."
    await reply(number, "We come tomorrow", staff_id=await make_staff(), now=wall_clock.now())
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'reply'") == 0
    response = "SELECT phase FROM clock WHERE name = 'response'"
    assert await fetch_value(response) == "running"


async def test_messenger_can_opt_out_and_in(client: AsyncClient) -> None:
    await write(client, MESSENGER, "The washer is broken")
    assert "no more" in await write(client, MESSENGER, "STOP")
    assert await write(client, MESSENGER, "It is still loud") == ""
    assert await write(client, MESSENGER, "START")
    assert await write(client, MESSENGER, "Hello again") != ""
