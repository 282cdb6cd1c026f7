"""RCS and Messenger come by the webhook of SMS."""

from collections.abc import Generator
from datetime import timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.settings import get_settings
from service_desk.ticket_views.reply_channels import reply_channels
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import reply
from tests.browsing import sign_in
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


@pytest.fixture
def messenger_page() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWILIO_MESSENGER_FROM", "5678")
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("messenger_page")
async def test_staff_write_to_messenger_for_a_day(client: AsyncClient) -> None:
    number, agent = number_in(await write(client, MESSENGER, "It is broken")), await make_staff()
    now = wall_clock.now()
    offered = reply_channels(await get_ticket(number, now), now)
    assert (offered.open, offered.messenger) == ([("sms", MESSENGER)], "open")
    await reply(number, "We come tomorrow", staff_id=agent, now=now)
    row = (await fetch("SELECT channel, recipient FROM outbox WHERE purpose = 'reply'"))[0]
    assert tuple(row) == ("sms", MESSENGER)
    response = "SELECT phase FROM clock WHERE name = 'response'"
    assert await fetch_value(response) == "met"
    late = now + timedelta(hours=24)
    closed = reply_channels(await get_ticket(number, late), late)
    assert (closed.open, closed.messenger) == ([], "expired")
    with pytest.raises(InvalidInput, match="24 hours"):
        await reply(number, "Too late", via="sms", staff_id=agent, now=late)
    await write(client, MESSENGER, "STOP")
    state = "SELECT state FROM outbox WHERE purpose = 'reply' ORDER BY id DESC LIMIT 1"
    assert await fetch_value(state) == "suppressed"
    await reply(number, "Still there?", staff_id=agent, now=now)
    assert await fetch_value(state) == "suppressed"


async def test_without_a_page_the_ticket_says_so_before_anything_is_typed(
    client: AsyncClient,
) -> None:
    number, now = number_in(await write(client, MESSENGER, "It is broken")), wall_clock.now()
    offered = reply_channels(await get_ticket(number, now), now)
    assert (offered.open, offered.messenger) == ([], "not_set_up")
    await sign_in(client)
    page = (await client.get(f"/tickets/{number}")).text
    assert "this desk cannot write there" in page


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
