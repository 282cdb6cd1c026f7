"""What becomes of a text: which ticket it joins, ratings, callbacks."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.idempotency.text_replies import MAX_SAME_REPLIES_AN_HOUR
from service_desk.rules.tickets.numbers import make_number
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation, progress
from tests.factories import make_staff, make_ticket, resolve, solved
from tests.twilio_side import number_in, text_desk

# Who cannot be answered, and who answers by themselves


@pytest.mark.parametrize("sender", ["10086", "ACME"])
async def test_a_sender_without_a_number_has_one_ticket_and_no_answers(
    client: AsyncClient, sender: str
) -> None:
    for body in ("Your parcel is late", "It is later still", "STATUS", "STOP", "help"):
        assert await text_desk(client, body, sender=sender) == ""
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'out'") == 0
    assert await fetch_value("SELECT count(*) FROM outbox") == 0
    customers = await fetch("SELECT name, phone, handle, opted_out_at FROM customer")
    assert [tuple(row) for row in customers] == [(sender, None, sender, None)]
    await solved(await make_ticket("other"), days_ago=40)
    await fetch("UPDATE ticket SET state = 'closed', resolved_at = now() - interval '40 days'")
    await text_desk(client, "Another parcel", sender=sender)
    customers = await fetch_value(
        "SELECT count(DISTINCT customer) FROM ticket WHERE channel = 'sms'"
    )
    assert (await fetch_value("SELECT count(*) FROM ticket"), customers) == (3, 2)


async def test_withheld_senders_are_different_customers(client: AsyncClient) -> None:
    for sid in ("SM-a", "SM-b"):
        assert await text_desk(client, "It leaks", sender="+266696687", sid=sid) == ""
        assert await text_desk(client, "It leaks", sender="anonymous", sid=sid + "x") == ""
    assert await fetch_value("SELECT count(DISTINCT customer) FROM ticket") == 4


async def test_replies_to_an_automatic_responder_stop(client: AsyncClient) -> None:
    reply = "I am driving and will answer later."
    most, sent = MAX_SAME_REPLIES_AN_HOUR, MAX_SAME_REPLIES_AN_HOUR + 9
    answers = [await text_desk(client, reply, sid=f"SM-{place}") for place in range(sent)]
    assert [answer != "" for answer in answers] == [True] * most + [False] * 9
    again = [await text_desk(client, reply, sid=f"SM-{place}") for place in range(sent)]
    assert again == answers
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == sent
    assert await fetch_value("SELECT count(*) FROM outbox") == most
    assert await text_desk(client, "Here I am. The washer is broken.")
    assert all([await text_desk(client, "STATUS") for _ in range(5)])


@pytest.mark.parametrize(
    "words",
    [
        *("上海市浦东新区200125 冰箱坏了", "冰箱坏了，电话 62345678", "Model 654321 broken"),
        f"上海市浦东新区{make_number(10_012)} 冰箱坏了",  # the check digit is right by chance
    ],
)
async def test_digits_that_are_no_ticket_number_are_not_queried(
    client: AsyncClient, words: str
) -> None:
    answer = await text_desk(client, words)
    number = await fetch_value("SELECT number FROM ticket")
    assert answer.startswith((f"工单 {number} 已登记", f"Ticket {number} is open"))
    link = f"/t/{await fetch_value('SELECT token FROM ticket')}"
    assert link in answer
    assert number in await text_desk(client, words)  # nor when there is a ticket


@pytest.mark.parametrize("words", ["工单 200125 还没修好", "ticket 200125 is still broken", "CALL",
                                   "回电", "200125", f"#{make_number(9)}", "smoke!"])  # fmt: skip
async def test_every_new_ticket_is_answered_with_its_link(client: AsyncClient, words: str) -> None:
    answer = await text_desk(client, words)
    assert f"/t/{await fetch_value('SELECT token FROM ticket')}" in answer


async def test_somebody_elses_ticket_number_reveals_nothing(client: AsyncClient) -> None:
    other = await make_ticket("secret", phone="+8613800138009")
    answer = await text_desk(client, f"about {other.number}, hello?")
    assert "no ticket" in answer
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    assert await fetch_value("SELECT count(*) FROM message WHERE ticket = $1", other.id) == 1


async def test_a_message_on_a_resolved_ticket_reopens_it(client: AsyncClient) -> None:
    ticket = await make_ticket()
    await solved(ticket, days_ago=6)
    assert "open again" in await text_desk(client, "it broke again")
    assert await fetch_value("SELECT state FROM ticket") == "open"


@pytest.mark.parametrize("words", ["Thanks!", "Thank you so much", "OK", "谢谢", "👍",
                                   "It works now, thanks!", "已经好了，谢谢"])  # fmt: skip
async def test_only_thanks_reopens_nothing(client: AsyncClient, words: str) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    await text_desk(client, words)
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_not_solved_is_about_what_was_solved_last(client: AsyncClient) -> None:
    first, second = await make_ticket("one"), await make_ticket("two")
    staff, now = await make_staff(), wall_clock.now()
    for ticket, ago in ((second, timedelta(days=2)), (first, timedelta(hours=1))):
        await resolve(ticket.number, "Mended", staff_id=staff, now=now - ago)
    assert first.number in await text_desk(client, "It is not solved")
    rows = await fetch("SELECT state FROM ticket ORDER BY id")
    assert [row["state"] for row in rows] == ["open", "resolved"]


async def test_a_message_after_the_reopening_window_opens_a_linked_ticket(
    client: AsyncClient,
) -> None:
    ticket = await make_ticket()
    await solved(ticket, days_ago=8)
    answer = await text_desk(client, "it broke again")
    assert ticket.number in answer
    new = await fetch("SELECT number, linked_to FROM ticket WHERE id > $1", ticket.id)
    assert [row["linked_to"] for row in new] == [ticket.id]
    assert new[0]["number"] in answer


@pytest.mark.parametrize("words", ["5", "４分", "谢谢", "Thanks a lot!", "👍", "好的"])
async def test_thanks_and_ratings_of_a_stranger_open_nothing(
    client: AsyncClient, words: str
) -> None:
    assert "/support" in await text_desk(client, words)
    assert await fetch_value("SELECT count(*) FROM ticket") == 0
    assert await fetch_value("SELECT body FROM inbound_receipt") == words
    # With a picture it is something for us to look at.
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x"}
    assert number_in(await text_desk(client, words, **media))


# Ratings


@pytest.mark.parametrize("score", [1, 2, 3, 5])
async def test_a_digit_after_the_request_is_a_rating(client: AsyncClient, score: int) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    await make_staff("supervisor")
    assert str(score) in await text_desk(client, str(score))
    assert await fetch_value("SELECT score FROM rating") == score
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    notified = await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'low_rating'")
    assert notified == (1 if score <= 2 else 0)


async def test_a_rating_with_a_message_reopens_but_thanks_do_not(client: AsyncClient) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    await text_desk(client, "5分，谢谢！")
    assert await fetch_value("SELECT score FROM rating") == 5
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    await text_desk(client, "1 of the feet is loose now")
    assert await fetch_value("SELECT state FROM ticket") == "open"


async def test_a_digit_answers_what_was_asked_last(client: AsyncClient) -> None:
    """The rating of the solved ticket stays, and the open one hears what was chosen."""
    old = await make_ticket("one")
    await solved(old, days_ago=2)
    await text_desk(client, "5")
    new = await make_ticket("two")
    staff, now = await make_staff("agent", "other@desk.test"), wall_clock.now()
    options = ["Refund", "Exchange"]
    await progress.record_plan(
        new.number, diagnosis="Broken", plan="Choose", options=options, staff_id=staff, now=now
    )
    await conversation.reply(new.number, "1 refund, 2 exchange?", staff_id=staff, now=now)
    assert new.number in await text_desk(client, "2")
    assert await fetch_value("SELECT score FROM rating WHERE ticket = $1", old.id) == 5
    assert [message.body for message in (await get_ticket(new.number, wall_clock.now())).messages
            if message.direction == "in"] == ["two", "2"]  # fmt: skip


@pytest.mark.parametrize("words", ["5️⃣", "5/5", "Rate: 5", "5, great job", "five", "五", "五星好评"])
async def test_a_rating_in_words_reopens_nothing(client: AsyncClient, words: str) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    await text_desk(client, words)
    assert await fetch_value("SELECT score FROM rating") == 5
    assert await fetch_value("SELECT state FROM ticket") == "resolved"


async def test_a_digit_on_an_open_ticket_is_a_message(client: AsyncClient) -> None:
    ticket = await make_ticket()
    assert ticket.number in await text_desk(client, "2")
    assert await fetch_value("SELECT count(*) FROM rating") == 0
    assert await fetch_value("SELECT body FROM message WHERE direction = 'in' AND id > 1") == "2"


async def test_call_me_back(client: AsyncClient) -> None:
    answer = await text_desk(client, "回电", sender="+8613800138002")
    assert "回电" in answer
    view = await get_ticket(number_in(answer), wall_clock.now())
    assert "callback.requested" in [event.type for event in view.events]
    ticket = await make_ticket()
    assert ticket.number in await text_desk(client, "CALL")
    assert await fetch_value("SELECT count(*) FROM ticket") == 2


async def test_no_callback_is_promised_without_a_number(client: AsyncClient) -> None:
    assert await text_desk(client, "CALL", sender="ACME") == ""
    assert await fetch_value("SELECT callback_requested_at FROM ticket") is None


async def test_safety_words_go_first_and_say_what_to_do(client: AsyncClient) -> None:
    answer = await text_desk(client, "Smoke comes out of the plug")
    assert "switch the product off" in answer
    assert await fetch_value("SELECT severity FROM ticket") == "safety"
    await text_desk(client, "not so bad", sender="+8613800138003")
    answer = await text_desk(client, "now it is on fire", sender="+8613800138003")
    assert "switch the product off" in answer
