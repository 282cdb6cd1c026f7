"""WhatsApp from end to end: the webhook of SMS, answers and replies by the way they came."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient
from msgspec.structs import replace

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings
from service_desk.tickets.conversation import reply
from tests.factories import PHONE, make_staff, make_ticket, resolve
from tests.outbox.servers import fake_twilio
from tests.twilio_side import new_sid, number_in, post_signed, reply_text, sms, text_desk

WEBHOOK = "/webhooks/twilio/sms"
ADDRESS = f"whatsapp:{PHONE}"


def whatsapp(body: str, **more: str) -> dict[str, str]:
    """The parameters of an incoming WhatsApp message."""
    fields = {"To": "whatsapp:+14155238886", "ProfileName": "李伟", "WaId": PHONE[1:]}
    return sms(body, sender=ADDRESS, **(fields | more))


async def write(client: AsyncClient, body: str, **more: str) -> str:
    response = await post_signed(client, WEBHOOK, whatsapp(body, **more))
    assert response.status_code == 200, response.text
    return reply_text(response)


async def test_a_message_opens_a_ticket_of_that_phone_and_name(client: AsyncClient) -> None:
    answer = await write(client, "洗衣机不排水")
    ticket = (await fetch("SELECT number, channel, customer FROM ticket"))[0]
    assert number_in(answer) == ticket["number"]
    assert ticket["channel"] == "whatsapp"
    customer = (await fetch("SELECT id, name, phone, last_whatsapp_at FROM customer"))[0]
    assert (customer["id"], customer["name"]) == (ticket["customer"], "李伟")
    assert customer["phone"] == PHONE
    assert abs(customer["last_whatsapp_at"] - wall_clock.now()) < timedelta(minutes=1)
    messages = await fetch("SELECT direction, channel, body FROM message ORDER BY id")
    assert [(m["direction"], m["channel"]) for m in messages] == [
        ("in", "whatsapp"),
        ("out", "whatsapp"),
    ]
    out = (await fetch("SELECT channel, recipient, state FROM outbox"))[0]
    assert tuple(out) == ("whatsapp", PHONE, "sent")


async def test_one_customer_has_one_conversation_by_both_ways(client: AsyncClient) -> None:
    first = number_in(await text_desk(client, "The washer is broken"))
    answer = await write(client, "a photo follows")
    assert answer == f"Added to your ticket {first}."
    assert await fetch_value("SELECT count(*) FROM customer") == 1
    assert "received, next in line" in await write(client, "STATUS")


async def test_both_at_once_find_one_ticket(client: AsyncClient) -> None:
    answers = await asyncio.gather(
        *(post_signed(client, WEBHOOK, whatsapp(f"part {part}")) for part in range(5)),
        *(post_signed(client, WEBHOOK, sms(f"text {part}")) for part in range(5)),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 10


async def test_the_same_again_is_answered_the_same(client: AsyncClient) -> None:
    params = whatsapp("broken")
    first, again = [await post_signed(client, WEBHOOK, params) for _ in range(2)]
    assert first.text == again.text
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1


async def test_a_shared_location_is_on_the_ticket(client: AsyncClient) -> None:
    place = {"Latitude": "31.2304", "Longitude": "121.4737", "Label": "人民广场"}
    await write(client, "", **place)
    assert await fetch_value("SELECT description FROM ticket") == "📍 31.2304, 121.4737\n人民广场"


async def test_replies_go_where_the_customer_wrote_last(client: AsyncClient) -> None:
    staff = await make_staff()
    number = number_in(await write(client, "The washer is broken"))
    await reply(number, "by WhatsApp", staff_id=staff, now=wall_clock.now())
    await text_desk(client, "I write by SMS now")
    await reply(number, "by SMS", staff_id=staff, now=wall_clock.now())
    await write(client, "and back again")
    await resolve(number, "New pump", staff_id=staff, now=wall_clock.now())
    rows = await fetch(
        "SELECT channel, recipient, purpose FROM outbox WHERE purpose <> 'auto_reply' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("whatsapp", PHONE, "reply"),
        ("sms", PHONE, "reply"),
        ("whatsapp", PHONE, "rating_request"),
    ]
    assert "thank" in (await write(client, "5")).lower()
    assert await fetch_value("SELECT score FROM rating") == 5


async def test_after_a_day_a_whatsapp_reply_goes_by_sms(client: AsyncClient) -> None:
    staff = await make_staff()
    number = number_in(await write(client, "The washer is broken"))
    later = wall_clock.now() + timedelta(hours=24)
    await reply(number, "too late there", staff_id=staff, now=later)
    assert await fetch_value("SELECT channel FROM outbox WHERE purpose = 'reply'") == "sms"


async def test_whatsapp_by_name_is_rejected_after_a_day(api: AsyncClient) -> None:
    number = await _ticket(api)
    answer = await api.post(
        f"/tickets/{number}/messages",
        json={"body": "Hello", "visibility": "public", "via": "whatsapp"},
    )
    assert answer.status_code == 200
    assert answer.json()["messages"][-1]["channel"] == "whatsapp"
    assert answer.json()["customer"]["whatsapp_until"]
    await fetch("UPDATE customer SET last_whatsapp_at = last_whatsapp_at - interval '1 day'")
    answer = await api.post(
        f"/tickets/{number}/messages",
        json={"body": "Hello", "visibility": "public", "via": "whatsapp"},
    )
    assert answer.status_code == 400
    assert (answer.json()["field"], "24 hours" in answer.json()["detail"]) == ("via", True)


async def _ticket(api: AsyncClient) -> str:
    import httpx

    api.base_url = httpx.URL("http://desk.test")
    try:
        return number_in(await write(api, "The washer is broken"))
    finally:
        api.base_url = httpx.URL("http://desk.test/api/v1")


async def test_stop_stops_both(client: AsyncClient) -> None:
    number = number_in(await write(client, "The washer is broken"))
    await reply(number, "waits", staff_id=await make_staff(), now=wall_clock.now())
    assert "no more" in await write(client, "STOP")
    await reply(number, "not sent", staff_id=1, now=wall_clock.now())
    await reply(number, "nor this", staff_id=1, now=wall_clock.now(), via="sms")
    rows = await fetch("SELECT channel, state FROM outbox WHERE purpose = 'reply' ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("whatsapp", "suppressed"),
        ("whatsapp", "suppressed"),
        ("sms", "suppressed"),
    ]


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ({"twilio_from": "+15005550006"}, {"From": "whatsapp:+15005550006"}),
        (
            {"twilio_from": "+15005550006", "twilio_whatsapp_from": "+14155238886"},
            {"From": "whatsapp:+14155238886"},
        ),
        (
            {"twilio_from": "+15005550006", "twilio_whatsapp_from": "whatsapp:+14155238886"},
            {"From": "whatsapp:+14155238886"},
        ),
        ({"twilio_messaging_service_sid": "MG1"}, {"MessagingServiceSid": "MG1"}),
    ],
)
async def test_whatsapp_uses_the_api_and_the_reports_of_sms(
    client: AsyncClient, given: dict[str, str], sender: dict[str, str]
) -> None:
    number = number_in(await write(client, "The washer is broken"))
    await reply(number, "We come tomorrow", staff_id=await make_staff(), now=wall_clock.now())
    async with fake_twilio() as twilio:
        settings = replace(
            Settings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_api_base=twilio.url),
            **given,
        )
        async with open_gateways(settings):
            assert await deliver_due(wall_clock.now()) == 1
        sent = twilio.sent[0]
    assert sent["To"] == ADDRESS
    assert sent["Body"] == "We come tomorrow"
    assert sender.items() <= sent.items()
    sid = await fetch_value("SELECT provider_id FROM outbox WHERE purpose = 'reply'")
    for status in ("delivered", "read"):
        report = {"MessageSid": sid, "MessageStatus": status, "To": ADDRESS}
        answer = await post_signed(client, "/webhooks/twilio/sms-status", report)
        assert answer.status_code == 204
    assert await fetch_value("SELECT state FROM outbox WHERE purpose = 'reply'") == "delivered"


async def test_outside_its_hours_the_carrier_says_so_and_the_agent_reads_it(
    client: AsyncClient,
) -> None:
    number = number_in(await write(client, "broken"))
    await reply(number, "Hello", staff_id=await make_staff(), now=wall_clock.now())
    sid = new_sid()
    await fetch("UPDATE outbox SET state = 'sent', provider_id = $1 WHERE purpose = 'reply'", sid)
    report = {"MessageSid": sid, "MessageStatus": "failed", "ErrorCode": "63016"}
    await post_signed(client, "/webhooks/twilio/sms-status", report)
    row = (await fetch("SELECT state, error FROM outbox WHERE purpose = 'reply'"))[0]
    assert row["state"] == "failed"
    assert "24 hours" in row["error"]


async def test_a_sender_that_is_no_phone_number_has_one_ticket_and_no_answers(
    client: AsyncClient,
) -> None:
    for body in ("Where is my parcel?", "It is late"):
        assert await write(client, body, From="whatsapp:CN.1234567890ab") == ""
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


@pytest.mark.parametrize(
    ("spelled", "phone"),
    [
        ("+5215598765432", "+525598765432"),
        ("+551187654321", "+5511987654321"),
        ("+5491123456789", "+541123456789"),
    ],
)
async def test_whatsapps_own_spelling_is_one_customer_who_is_answered(
    client: AsyncClient, spelled: str, phone: str
) -> None:
    number = number_in(await write(client, "The washer is broken", From=f"whatsapp:{spelled}"))
    answer = await post_signed(client, WEBHOOK, sms("by SMS", sender=phone))
    assert reply_text(answer) == f"Added to your ticket {number}."
    rows = await fetch("SELECT phone, whatsapp_phone, handle FROM customer")
    assert [tuple(row) for row in rows] == [(phone, spelled, None)]
    staff, now = await make_staff(), wall_clock.now()
    await reply(number, "We come tomorrow", staff_id=staff, now=now, via="whatsapp")
    await reply(number, "By SMS too", staff_id=staff, now=now, via="sms")
    async with fake_twilio() as twilio:
        settings = Settings(
            twilio_account_sid="AC1", twilio_auth_token="x", twilio_from="+15005550006",
            twilio_api_base=twilio.url,
        )  # fmt: skip
        async with open_gateways(settings):
            assert await deliver_due(now) == 2
        assert {sent["To"] for sent in twilio.sent} == {f"whatsapp:{spelled}", phone}


async def test_a_quote_joins_the_quoted_ticket(client: AsyncClient) -> None:
    """Ours by the id that its delivery report brings, theirs by its own."""
    opened = [
        (await make_ticket(body, channel="whatsapp", provider_id=new_sid())).number
        for body in ("The washer is broken", "The fridge is warm", "The kettle leaks")
    ]
    staff, now = await make_staff(), wall_clock.now()
    await reply(opened[0], "Which model?", staff_id=staff, now=now)
    sid = new_sid()
    outbox = await fetch_value("SELECT id FROM outbox WHERE purpose = 'reply'")
    report = {"MessageSid": sid, "MessageStatus": "delivered"}
    await post_signed(client, f"/webhooks/twilio/sms-status?outbox={outbox}", report)
    await reply(opened[2], "We come tomorrow", staff_id=staff, now=now)
    assert opened[0] in await write(client, "WM-7", OriginalRepliedMessageSid=sid)
    theirs = await fetch_value(
        "SELECT provider_id FROM message JOIN ticket ON ticket.id = ticket WHERE number = $1",
        opened[1],
    )
    assert opened[1] in await write(client, "A photo of it", OriginalRepliedMessageSid=theirs)
    named = await write(client, f"#{opened[2]} this one", OriginalRepliedMessageSid=sid)
    assert opened[2] in named
    unknown = await write(client, "and this", OriginalRepliedMessageSid=new_sid())
    assert opened[2] in unknown  # as without a quote: the last one written about


async def test_a_quote_of_another_customers_message_changes_nothing(client: AsyncClient) -> None:
    sid = new_sid()
    await make_ticket("Mine", phone="+8613900139000", provider_id=sid)
    number = number_in(await write(client, "The washer is broken"))
    answer = await write(client, "and is loud", OriginalRepliedMessageSid=sid)
    assert answer == f"Added to your ticket {number}."


async def test_a_rating_that_quotes_is_for_what_it_quotes(client: AsyncClient) -> None:
    staff, now = await make_staff(), wall_clock.now()
    opened = [(await make_ticket(body)).number for body in ("washer", "fridge")]
    sids = [new_sid(), new_sid()]
    for number, sid in zip(opened, sids, strict=True):
        await resolve(number, staff_id=staff, now=now)
        await fetch(
            "UPDATE outbox SET provider_id = $1 WHERE purpose = 'rating_request' "
            "AND provider_id IS NULL",
            sid,
        )
    await write(client, "2", OriginalRepliedMessageSid=sids[0])
    rated = "SELECT number FROM rating JOIN ticket ON ticket.id = ticket WHERE score = 2"
    assert await fetch_value(rated) == opened[0]
