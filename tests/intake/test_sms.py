import asyncio
from datetime import timedelta

import pytest

from service_desk import clock
from service_desk.database import fetch, fetch_value
from service_desk.tickets import progress
from service_desk.tickets.queries import get_ticket
from tests.factories import PHONE, make_staff, make_ticket
from tests.twilio_side import new_sid, number_in, post_signed, said, sms, text_desk

WEBHOOK = "/webhooks/twilio/sms"


async def test_a_text_opens_a_ticket_and_is_answered_with_its_number(client) -> None:
    answer = await text_desk(client, "洗衣机不排水，地上全是水")
    ticket = await fetch("SELECT * FROM ticket")
    assert len(ticket) == 1
    assert number_in(answer) == ticket[0]["number"]
    assert "工单" in answer
    assert f"/t/{ticket[0]['token']}" in answer
    assert (ticket[0]["channel"], ticket[0]["kind"]) == ("sms", "complaint")
    assert ticket[0]["description"] == "洗衣机不排水，地上全是水"


async def test_the_answer_is_in_the_customers_language(client) -> None:
    assert (await text_desk(client, "The washer is broken")).startswith("Ticket ")
    assert "工单" in await text_desk(client, "冰箱坏了", sender="+8613800138001")
    # Known customers keep their language, whatever they type this time.
    assert (await text_desk(client, "进度")).startswith("Ticket ")


async def test_the_answer_stands_in_the_conversation_and_in_the_outbox(client) -> None:
    answer = await text_desk(client, "The washer is broken")
    messages = await fetch("SELECT direction, automatic, body FROM message ORDER BY id")
    assert [tuple(row) for row in messages] == [
        ("in", False, "The washer is broken"),
        ("out", True, answer),
    ]
    outbox = await fetch("SELECT recipient, body, state, purpose FROM outbox")
    assert [tuple(row) for row in outbox] == [(PHONE, answer, "sent", "answer")]


async def test_the_same_text_again_gets_the_same_answer(client) -> None:
    params = sms("The washer is broken")
    first = await post_signed(client, WEBHOOK, params)
    again = await post_signed(client, WEBHOOK, params)
    assert first.text == again.text
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1
    assert await fetch_value("SELECT count(*) FROM outbox") == 1


async def test_ten_at_once_are_one_message(client) -> None:
    params = sms("The washer is broken")
    answers = await asyncio.gather(*(post_signed(client, WEBHOOK, params) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1
    assert await fetch_value("SELECT count(*) FROM customer") == 1


async def test_ten_texts_of_one_sender_at_once_are_one_ticket(client) -> None:
    answers = await asyncio.gather(
        *(post_signed(client, WEBHOOK, sms(f"part {part}")) for part in range(10))
    )
    assert len({number_in(said(answer)) for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 10


async def test_ten_senders_at_once_are_ten_tickets(client) -> None:
    answers = await asyncio.gather(
        *(
            post_signed(client, WEBHOOK, sms("broken", sender=f"+861380013{place:04}"))
            for place in range(10)
        )
    )
    assert len({number_in(said(answer)) for answer in answers}) == 10


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
async def test_any_text_is_stored_as_said_and_answered(client, body: str) -> None:
    answer = await text_desk(client, body)
    assert number_in(answer)
    assert await fetch_value("SELECT body FROM message WHERE direction = 'in'") == body
    assert await fetch_value("SELECT subject <> '' FROM ticket")


async def test_nul_is_removed(client) -> None:
    assert number_in(await text_desk(client, "bro\0ken\0"))
    assert await fetch_value("SELECT body FROM message WHERE direction = 'in'") == "broken"


async def test_unknown_repeated_and_blank_parameters_do_no_harm(client) -> None:
    params = sms("broken") | {"Novelty": ["b", "a", "a"], "Blank": "", "汉字": "值"}
    response = await post_signed(client, WEBHOOK, params)
    assert response.status_code == 200


async def test_pictures_are_kept_by_address(client) -> None:
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "a/b"}
    await text_desk(client, "", **media)
    kept = await fetch("SELECT source_url, declared_type, state FROM attachment")
    assert [tuple(row) for row in kept] == [("https://api.twilio.com/x", "a/b", "waiting")]


@pytest.mark.parametrize("words", ["", "STATUS", "Thanks!", "5", "HELP"])
async def test_a_picture_is_for_the_ticket_whatever_the_words(client, words: str) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x"}
    assert ticket.number in await text_desk(client, words, **media)
    kept = "SELECT m.ticket, m.body FROM attachment a JOIN message m ON m.id = a.message"
    assert [tuple(row) for row in await fetch(kept)] == [(ticket.id, words)]
    assert await fetch_value("SELECT state FROM ticket") == "open"


async def test_with_a_picture_stop_still_stops(client) -> None:
    await make_ticket()
    await text_desk(client, "STOP", NumMedia="1", MediaUrl0="https://api.twilio.com/x")
    assert await fetch_value("SELECT opted_out_at FROM customer")


@pytest.mark.parametrize("sender", ["10086", "ACME", "", "+", "anonymous", "x" * 300])
async def test_a_sender_that_is_no_phone_number_still_gets_a_ticket(client, sender: str) -> None:
    assert number_in(await text_desk(client, "broken", sender=sender))
    assert await fetch_value("SELECT phone FROM customer") is None


@pytest.mark.parametrize("sid", ["", "x" * 65, "SM 1", "SM\n1"])
async def test_a_text_without_a_proper_id_is_refused(client, sid: str) -> None:
    params = sms("broken") | {"MessageSid": sid, "SmsMessageSid": ""}
    response = await post_signed(client, WEBHOOK, params)
    assert response.status_code == 400
    assert "MessageSid" in response.json()["detail"]


# Joining


async def test_what_follows_joins_the_open_ticket(client) -> None:
    number = number_in(await text_desk(client, "broken"))
    answer = await text_desk(client, "and it smells")
    assert number in answer
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_named_ticket_is_joined(client) -> None:
    first = await make_ticket("one", at=clock.now() - timedelta(hours=2))
    second = await make_ticket("two", at=clock.now() - timedelta(hours=1))
    assert second.number in await text_desk(client, "more about two")
    assert first.number in await text_desk(client, f"re #{first.number}: still broken")
    bodies = await fetch("SELECT body FROM message WHERE ticket = $1 ORDER BY id", first.id)
    assert bodies[1]["body"] == f"re #{first.number}: still broken"


async def test_a_mistyped_number_is_asked_about_and_nothing_is_lost(client) -> None:
    ticket = await make_ticket()
    wrong = ticket.number[:-1] + str((int(ticket.number[-1]) + 1) % 10)
    answer = await text_desk(client, f"{wrong} is still broken")
    assert wrong in answer
    assert ticket.number in answer
    assert await fetch_value("SELECT count(*) FROM message WHERE body LIKE '%still broken'") == 1


async def test_somebody_elses_number_tells_nothing(client) -> None:
    other = await make_ticket("secret", phone="+8613800138009")
    answer = await text_desk(client, f"about {other.number}, hello?")
    assert "no ticket" in answer
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    assert await fetch_value("SELECT count(*) FROM message WHERE ticket = $1", other.id) == 1


async def solved(ticket, days_ago: float = 1) -> None:
    staff = await make_staff()
    then = clock.now() - timedelta(days=days_ago)
    await progress.resolve(ticket.number, "We mended it.", staff_id=staff, now=then)


async def test_a_word_after_solving_reopens(client) -> None:
    ticket = await make_ticket()
    await solved(ticket, days_ago=6)
    assert "open again" in await text_desk(client, "it broke again")
    assert await fetch_value("SELECT state FROM ticket") == "open"


@pytest.mark.parametrize("words", ["Thanks!", "Thank you so much", "OK", "谢谢", "👍"])
async def test_only_thanks_reopens_nothing(client, words: str) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    await text_desk(client, words)
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_word_long_after_opens_a_linked_ticket(client) -> None:
    ticket = await make_ticket()
    await solved(ticket, days_ago=8)
    answer = await text_desk(client, "it broke again")
    assert ticket.number in answer
    new = await fetch("SELECT number, linked_to FROM ticket WHERE id > $1", ticket.id)
    assert [row["linked_to"] for row in new] == [ticket.id]
    assert new[0]["number"] in answer


# Ratings


@pytest.mark.parametrize("score", [1, 2, 3, 5])
async def test_a_digit_after_the_request_is_a_rating(client, score: int) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    await make_staff("supervisor")
    assert str(score) in await text_desk(client, str(score))
    assert await fetch_value("SELECT score FROM rating") == score
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    told = await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'low_rating'")
    assert told == (1 if score <= 2 else 0)


async def test_a_rating_with_thanks_reopens_nothing_and_with_words_does(client) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    await text_desk(client, "5分，谢谢！")
    assert await fetch_value("SELECT score FROM rating") == 5
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    await text_desk(client, "1 of the feet is loose now")
    assert await fetch_value("SELECT state FROM ticket") == "open"


async def test_a_digit_on_an_open_ticket_is_a_message(client) -> None:
    ticket = await make_ticket()
    assert ticket.number in await text_desk(client, "2")
    assert await fetch_value("SELECT count(*) FROM rating") == 0
    assert await fetch_value("SELECT body FROM message WHERE direction = 'in' AND id > 1") == "2"


async def test_call_me_back(client) -> None:
    answer = await text_desk(client, "回电", sender="+8613800138002")
    assert "回电" in answer
    view = await get_ticket(number_in(answer), clock.now())
    assert "callback.requested" in [event.type for event in view.events]
    ticket = await make_ticket()
    assert ticket.number in await text_desk(client, "CALL")
    assert await fetch_value("SELECT count(*) FROM ticket") == 2


async def test_safety_words_go_first_and_say_what_to_do(client) -> None:
    answer = await text_desk(client, "Smoke comes out of the plug")
    assert "switch the product off" in answer
    assert await fetch_value("SELECT severity FROM ticket") == "safety"
    await text_desk(client, "not so bad", sender="+8613800138003")
    answer = await text_desk(client, "now it is on fire", sender="+8613800138003")
    assert "switch the product off" in answer


# Delivery reports


async def test_a_status_callback_is_applied(client) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    row = await fetch_value("UPDATE outbox SET provider_id = 'SM1', state = 'sent' RETURNING id")
    for status, state in (("delivered", "delivered"), ("sent", "delivered")):
        params = {"MessageSid": "SM1", "MessageStatus": status}
        response = await post_signed(client, f"/webhooks/twilio/sms-status?outbox={row}", params)
        assert response.status_code == 204
        assert await fetch_value("SELECT state FROM outbox WHERE id = $1", row) == state


async def test_a_report_of_something_unknown_is_taken_quietly(client) -> None:
    params = {"MessageSid": new_sid(), "MessageStatus": "delivered", "ErrorCode": "x"}
    response = await post_signed(client, "/webhooks/twilio/sms-status?outbox=999", params)
    assert response.status_code == 204
