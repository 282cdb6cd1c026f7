import asyncio

import pytest
from httpx import AsyncClient

from service_desk.database import fetch, fetch_value
from tests.factories import PHONE, make_ticket, solved
from tests.twilio_side import new_sid, number_in, post_signed, reply_text, sms, text_desk

WEBHOOK = "/webhooks/twilio/sms"


async def test_a_text_opens_a_ticket_and_is_answered_with_its_number(client: AsyncClient) -> None:
    answer = await text_desk(client, "洗衣机不排水，地上全是水")
    ticket = await fetch("SELECT * FROM ticket")
    assert len(ticket) == 1
    assert number_in(answer) == ticket[0]["number"]
    assert "工单" in answer
    assert f"/t/{ticket[0]['token']}" in answer
    assert (ticket[0]["channel"], ticket[0]["kind"]) == ("sms", "complaint")
    assert ticket[0]["description"] == "洗衣机不排水，地上全是水"


async def test_the_answer_is_in_the_customers_language(client: AsyncClient) -> None:
    assert (await text_desk(client, "The washer is broken")).startswith("Ticket ")
    assert "工单" in await text_desk(client, "冰箱坏了", sender="+8613800138001")
    # Known customers keep their language, whatever they type this time.
    assert (await text_desk(client, "进度")).startswith("Ticket ")


async def test_the_answer_stands_in_the_conversation_and_in_the_outbox(client: AsyncClient) -> None:
    answer = await text_desk(client, "The washer is broken")
    messages = await fetch("SELECT direction, automatic, body FROM message ORDER BY id")
    assert [tuple(row) for row in messages] == [
        ("in", False, "The washer is broken"),
        ("out", True, answer),
    ]
    outbox = await fetch("SELECT recipient, body, state, purpose FROM outbox")
    assert [tuple(row) for row in outbox] == [(PHONE, answer, "sent", "auto_reply")]


async def test_the_same_text_again_gets_the_same_answer(client: AsyncClient) -> None:
    params = sms("The washer is broken")
    first = await post_signed(client, WEBHOOK, params)
    again = await post_signed(client, WEBHOOK, params)
    assert first.text == again.text
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1
    assert await fetch_value("SELECT count(*) FROM outbox") == 1


async def test_ten_at_once_are_one_message(client: AsyncClient) -> None:
    params = sms("The washer is broken")
    answers = await asyncio.gather(*(post_signed(client, WEBHOOK, params) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1
    assert await fetch_value("SELECT count(*) FROM customer") == 1


async def test_ten_texts_of_one_sender_at_once_are_one_ticket(client: AsyncClient) -> None:
    answers = await asyncio.gather(
        *(post_signed(client, WEBHOOK, sms(f"part {part}")) for part in range(10))
    )
    assert len({number_in(reply_text(answer)) for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 10


async def test_ten_senders_at_once_are_ten_tickets(client: AsyncClient) -> None:
    answers = await asyncio.gather(
        *(
            post_signed(client, WEBHOOK, sms("broken", sender=f"+861380013{place:04}"))
            for place in range(10)
        )
    )
    assert len({number_in(reply_text(answer)) for answer in answers}) == 10


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "x" * 1600,
        "漏" * 1600,
        "👩\u200d👩\u200d👧\u200d👦🔥 broken 🇨🇳",
        "\u202etxet desrever\u202c and \u200f\u200e",
        "tab\tand\r\nlines\n",
        "<Message>&amp;</Message>",
        "'; DROP TABLE ticket; --",
        "＃１２３",
        "\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    ],
)
async def test_any_text_is_stored_as_sent_and_answered(client: AsyncClient, body: str) -> None:
    answer = await text_desk(client, body)
    assert number_in(answer)
    assert await fetch_value("SELECT body FROM message WHERE direction = 'in'") == body
    assert await fetch_value("SELECT subject <> '' FROM ticket")


async def test_nul_is_removed(client: AsyncClient) -> None:
    assert number_in(await text_desk(client, "bro\0ken\0"))
    assert await fetch_value("SELECT body FROM message WHERE direction = 'in'") == "broken"


async def test_unknown_repeated_and_blank_parameters_do_no_harm(client: AsyncClient) -> None:
    params = sms("broken") | {"Novelty": ["b", "a", "a"], "Blank": "", "汉字": "值"}
    response = await post_signed(client, WEBHOOK, params)
    assert response.status_code == 200


async def test_pictures_are_kept_by_address(client: AsyncClient) -> None:
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "a/b"}
    await text_desk(client, "", **media)
    kept = await fetch("SELECT source_url, declared_type, state FROM attachment")
    assert [tuple(row) for row in kept] == [("https://api.twilio.com/x", "a/b", "pending")]


@pytest.mark.parametrize("words", ["", "STATUS", "Thanks!", "5", "HELP"])
async def test_a_text_with_a_photo_goes_on_the_ticket(client: AsyncClient, words: str) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x"}
    assert ticket.number in await text_desk(client, words, **media)
    kept = "SELECT m.ticket, m.body FROM attachment a JOIN message m ON m.id = a.message"
    assert [tuple(row) for row in await fetch(kept)] == [(ticket.id, words)]
    assert await fetch_value("SELECT state FROM ticket") == "open"


async def test_stop_with_a_photo_opts_out(client: AsyncClient) -> None:
    await make_ticket()
    await text_desk(client, "STOP", NumMedia="1", MediaUrl0="https://api.twilio.com/x")
    assert await fetch_value("SELECT opted_out_at FROM customer")


@pytest.mark.parametrize("sender", ["10086", "ACME", "", "+", "anonymous", "x" * 300])
async def test_a_sender_that_is_no_phone_number_still_gets_a_ticket(
    client: AsyncClient, sender: str
) -> None:
    assert await text_desk(client, "broken", sender=sender) == ""  # nobody would get it
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT phone FROM customer") is None


@pytest.mark.parametrize("sid", ["", "x" * 65, "SM 1", "SM\n1"])
async def test_a_text_without_a_proper_id_is_refused(client: AsyncClient, sid: str) -> None:
    params = sms("broken") | {"MessageSid": sid, "SmsMessageSid": ""}
    response = await post_signed(client, WEBHOOK, params)
    assert response.status_code == 400
    assert "MessageSid" in response.json()["detail"]


# Delivery reports


async def test_a_status_callback_is_applied(client: AsyncClient) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    row = await fetch_value("UPDATE outbox SET provider_id = 'SM1', state = 'sent' RETURNING id")
    for status, state in (("delivered", "delivered"), ("sent", "delivered")):
        params = {"MessageSid": "SM1", "MessageStatus": status}
        response = await post_signed(client, f"/webhooks/twilio/sms-status?outbox={row}", params)
        assert response.status_code == 204
        assert await fetch_value("SELECT state FROM outbox WHERE id = $1", row) == state


async def test_a_delivery_report_of_an_unknown_message_is_accepted(client: AsyncClient) -> None:
    params = {"MessageSid": new_sid(), "MessageStatus": "delivered", "ErrorCode": "x"}
    response = await post_signed(client, "/webhooks/twilio/sms-status?outbox=999", params)
    assert response.status_code == 204
