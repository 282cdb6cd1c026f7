"""Twilio's Advanced Opt-Out: it has seen the keyword, answered it, and tells us by OptOutType.

https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.tickets.conversation import reply
from tests.factories import make_staff
from tests.twilio_side import number_in, post_signed, reply_text, sms, text_desk

OUT = "SELECT opted_out_at IS NOT NULL FROM customer"
TEXTED = "SELECT count(*) FROM outbox WHERE purpose = 'auto_reply'"


@pytest.mark.parametrize(
    "body", ["STOP", "ARRET", "不要再发了", "Stop. The washer is broken!", "ok", "5"]
)
async def test_stop_by_any_word_that_the_carrier_recognises(client: AsyncClient, body: str) -> None:
    number = number_in(await text_desk(client, "The washer is broken"))
    assert await text_desk(client, body, OptOutType="STOP") == ""
    assert await fetch_value(OUT)
    assert await fetch_value(TEXTED) == 1
    await reply(number, "not sent", staff_id=await make_staff(), now=wall_clock.now())
    assert await fetch_value("SELECT state FROM outbox WHERE purpose = 'reply'") == "suppressed"


async def test_start_again(client: AsyncClient) -> None:
    await text_desk(client, "The washer is broken")
    await text_desk(client, "STOP", OptOutType="STOP")
    assert await text_desk(client, "COMEBACK", OptOutType="START") == ""
    assert not await fetch_value(OUT)
    assert await fetch_value(TEXTED) == 1


async def test_help_answered_by_twilio_is_not_answered_again(client: AsyncClient) -> None:
    assert await text_desk(client, "AIDE", OptOutType="HELP") == ""
    assert await fetch("SELECT * FROM ticket") == []
    assert await fetch("SELECT * FROM outbox") == []


@pytest.mark.parametrize("body", ["STOP", "ok, thanks", "5"])
async def test_an_unknown_sender_can_opt_out(client: AsyncClient, body: str) -> None:
    await text_desk(client, body, OptOutType="STOP")
    assert await fetch_value(OUT)


async def test_the_same_callback_again_changes_nothing(client: AsyncClient) -> None:
    params = sms("STOP", OptOutType="STOP")
    for _ in range(3):
        answer = await post_signed(client, "/webhooks/twilio/sms", params)
        assert reply_text(answer) == ""
    at = await fetch_value("SELECT opted_out_at FROM customer")
    await text_desk(client, "STOP", OptOutType="STOP")
    assert await fetch_value("SELECT opted_out_at FROM customer") == at


async def test_queued_messages_are_suppressed(client: AsyncClient) -> None:
    number = number_in(await text_desk(client, "The washer is broken"))
    await reply(number, "on its way", staff_id=await make_staff(), now=wall_clock.now())
    await text_desk(client, "STOP", OptOutType="STOP")
    assert await fetch_value("SELECT state FROM outbox WHERE purpose = 'reply'") == "suppressed"
