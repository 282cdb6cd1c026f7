"""Texts that are a command: STATUS, HELP, STOP, START."""

from datetime import datetime, timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.i18n.formats import local_time
from service_desk.rules.tickets.numbers import make_number
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.tickets import conversation, progress
from tests.factories import PHONE, make_staff, make_ticket, resolve
from tests.twilio_side import number_in, text_desk


def in_desk(now: datetime, hours: int, locale: Locale = "en") -> str:
    """So many hours from `now`, as the desk says it."""
    return local_time(now + timedelta(hours=hours), get_settings().zone, locale, now)


async def test_status_names_the_state_and_opens_nothing(client: AsyncClient) -> None:
    number = number_in(await text_desk(client, "broken"))
    assert number in await text_desk(client, "STATUS")
    assert number in await text_desk(client, f"进度 {number}")
    assert number in await text_desk(client, f"status {number}")
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1


async def test_status_says_who_is_on_it_and_when_we_answer(client: AsyncClient) -> None:
    now = wall_clock.now()
    ticket = await make_ticket(at=now)
    reply = await text_desk(client, "STATUS")
    hear = f"you will hear from us by {in_desk(now, 2)}."
    assert f"received, next in line for an agent; {hear}" in reply
    staff = await make_staff(name="Mei Chen")
    await progress.assign(ticket.number, "agent@desk.test", staff_id=staff, now=now)
    await conversation.reply(ticket.number, "We look into it", staff_id=staff, now=now)
    answer = await text_desk(client, "进度")
    promised = f"we are working on it; Mei Chen is on it; to be solved by {in_desk(now, 48)}."
    assert promised in answer
    await progress.promise(ticket.number, now + timedelta(hours=5), staff_id=staff, now=now)
    answer = await text_desk(client, "STATUS")
    assert f"Mei Chen is on it; you will hear from us by {in_desk(now, 5)}." in answer


async def test_status_names_the_next_promise_when_another_was_broken(client: AsyncClient) -> None:
    now = wall_clock.now()
    late = await make_ticket(at=now - timedelta(hours=3))
    sorry = "we are sorry to be later than promised"
    assert f"{sorry}; to be solved by {in_desk(now, 45)}." in await text_desk(client, "STATUS")
    staff = await make_staff()
    due = now + timedelta(hours=5)
    await progress.promise(late.number, due, staff_id=staff, now=now)
    reply = await text_desk(client, "STATUS")
    assert f"{sorry}; you will hear from us by {in_desk(now, 5)}." in reply
    long_ago = await make_ticket(phone="+8613800138001", at=now - timedelta(days=3))
    answer = await text_desk(client, f"STATUS {long_ago.number}", sender="+8613800138001")
    assert f"{sorry}." in answer


async def test_status_in_chinese_and_of_a_broken_promise(client: AsyncClient) -> None:
    now = wall_clock.now()
    late = await make_ticket("洗衣机坏了", at=now - timedelta(hours=3))
    solved_by = in_desk(now, 45, "zh")
    late_words = f"已超过承诺时间，非常抱歉，正在加紧处理，将在{solved_by}前解决"
    assert late_words in await text_desk(client, "进度")
    staff = await make_staff(name="陈梅")
    await progress.assign(late.number, "agent@desk.test", staff_id=staff, now=now)
    await conversation.reply(late.number, "正在看", staff_id=staff, now=now)
    status = f"正在处理，由陈梅负责，将在{solved_by}前解决"
    assert status in await text_desk(client, "进度")
    await progress.wait(late.number, "customer", staff_id=staff, now=now)
    assert "等待您的回复，由陈梅负责。" in await text_desk(client, "进度")
    await resolve(late.number, "修好了", staff_id=staff, now=now)
    assert f"工单 {late.number}：已解决。" in await text_desk(client, "进度")


async def test_status_of_several_lists_them(client: AsyncClient) -> None:
    tickets = [await make_ticket(text) for text in ("one", "two")]
    answer = await text_desk(client, "Status?")
    assert all(ticket.number in answer for ticket in tickets)


async def test_status_without_a_ticket(client: AsyncClient) -> None:
    assert "no ticket" in await text_desk(client, "STATUS")
    wrong = make_number(1)[:-1] + "0"
    assert wrong in await text_desk(client, f"STATUS {wrong}")
    other = await make_ticket("secret", phone="+8613800138009")
    assert "no ticket" in await text_desk(client, f"STATUS {other.number}")
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


@pytest.mark.parametrize("word", ["HELP", "帮助", "info"])
async def test_help(client: AsyncClient, word: str) -> None:
    assert "/support" in await text_desk(client, word)
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


@pytest.mark.parametrize("word", ["STOP", "stopall", "Unsubscribe", "退订", "REVOKE", "OptOut",
                                  "Please stop texting me", "请退订", "回复TD退订"])  # fmt: skip
async def test_stop_and_start(client: AsyncClient, word: str) -> None:
    ticket = await make_ticket()
    assert await text_desk(client, word)
    assert await fetch_value("SELECT opted_out_at FROM customer")
    staff = await make_staff()
    await resolve(ticket.number, "Repaired", staff_id=staff, now=wall_clock.now())
    states = await fetch("SELECT state FROM outbox WHERE purpose = 'rating_request'")
    assert [row["state"] for row in states] == ["suppressed"]
    assert await text_desk(client, "START")
    assert await fetch_value("SELECT opted_out_at FROM customer") is None


@pytest.mark.parametrize("word", ["t", "R", "please stop calling at night"])
async def test_words_that_twilio_does_not_treat_as_stop_do_not_opt_out(
    client: AsyncClient, word: str
) -> None:
    assert await text_desk(client, word)
    assert await fetch_value("SELECT opted_out_at FROM customer") is None


@pytest.mark.parametrize("words", ["status of {}", "STATUS {} please", "我的工单{}进度"])
async def test_status_with_words_around_it(client: AsyncClient, words: str) -> None:
    await make_ticket("one")
    ticket = await make_ticket("two")
    assert (await text_desk(client, words.format(ticket.number))).startswith(
        f"Ticket {ticket.number}: received"
    )
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2


async def test_stop_from_an_unknown_sender_is_stored(client: AsyncClient) -> None:
    await text_desk(client, "STOP")
    assert await fetch_value("SELECT phone FROM customer WHERE opted_out_at IS NOT NULL") == PHONE
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


async def test_a_text_of_an_opted_out_customer_is_stored_but_not_answered(
    client: AsyncClient,
) -> None:
    """Twilio would block the answer (21610): it is not called sent, and agents see why."""
    number = number_in(await text_desk(client, "The washer is broken"))
    assert "no more" in await text_desk(client, "退订")
    for body in ("STATUS", "It still leaks", "5", "CALL"):
        assert await text_desk(client, body) == ""
    assert "no more" in await text_desk(client, "STOP")
    assert "/support" in await text_desk(client, "HELP")
    answers = await fetch("SELECT state, attempts, sent_at FROM outbox ORDER BY id")
    states = [row["state"] for row in answers]
    assert states == ["sent"] * 2 + ["suppressed"] * 4 + ["sent"] * 2
    assert {row["attempts"] for row in answers if row["sent_at"] is None} == {0}
    rows = await fetch("SELECT body FROM message WHERE direction = 'in' ORDER BY id")
    assert [row["body"] for row in rows][:2] == ["The washer is broken", "It still leaks"]
    assert "again" in await text_desk(client, "START")
    assert number in await text_desk(client, "STATUS")


async def test_a_repeated_text_of_an_opted_out_customer_is_not_answered(
    client: AsyncClient,
) -> None:
    await text_desk(client, "STOP")
    for _ in range(2):
        assert await text_desk(client, "The washer is broken", sid="SM-again") == ""
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_keyword_answered_by_twilio_is_not_answered_again(client: AsyncClient) -> None:
    assert await text_desk(client, "Stop it now", OptOutType="STOP") == ""
    assert await fetch_value("SELECT count(*) FROM outbox") == 0
    assert await fetch_value("SELECT opted_out_at FROM customer")
