"""Ratings by customers, and who is notified of low ones."""

from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput, NotFound
from service_desk.self_service.rating import rate
from tests.factories import NOW, make_staff, make_ticket


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_a_rating_is_from_1_to_5(desk: str, score: int) -> None:
    ticket = await make_ticket()
    with pytest.raises(InvalidInput):
        await rate(ticket.number, score, now=NOW)


async def test_the_last_rating_counts_and_the_history_keeps_all(desk: str) -> None:
    ticket = await make_ticket()
    for score in (5, 3):
        await rate(ticket.number, score, now=NOW)
    assert await fetch_value("SELECT score FROM rating") == 3
    events = await fetch("SELECT data FROM ticket_event WHERE type = 'rating.given' ORDER BY id")
    assert [row["data"]["score"] for row in events] == [5, 3]
    assert await fetch_value("SELECT count(*) FROM message") == 1


async def test_the_message_with_the_rating_is_kept(desk: str) -> None:
    ticket = await make_ticket()
    await rate(ticket.number, 4, body="4 thanks", channel="sms", provider_id="SM1", now=NOW)
    assert await fetch_value("SELECT body FROM message WHERE provider_id = 'SM1'") == "4 thanks"


async def test_supervisors_are_notified_of_a_low_rating_in_their_language(desk: str) -> None:
    await make_staff("agent")
    await make_staff("supervisor", "ann@desk.test")
    await make_staff("supervisor", "wang@desk.test", locale="zh")
    ticket = await make_ticket()
    await rate(ticket.number, 3, now=NOW)
    assert await fetch_value("SELECT count(*) FROM outbox") == 0
    await rate(ticket.number, 2, now=NOW)
    subjects = {row["recipient"]: row["subject"] for row in await fetch("SELECT * FROM outbox")}
    assert set(subjects) == {"ann@desk.test", "wang@desk.test"}
    assert "rated" in subjects["ann@desk.test"]
    assert "被评为" in subjects["wang@desk.test"]


async def test_supervisors_are_notified_when_it_turns_low_at_most_once_a_day(desk: str) -> None:
    await make_staff("supervisor")
    ticket = await make_ticket()
    for score in (1, 1, 2, 5, 1):
        await rate(ticket.number, score, now=NOW)
    assert await fetch_value("SELECT count(*) FROM outbox") == 1
    for score, hours in ((4, 23), (2, 25), (1, 50)):
        await rate(ticket.number, score, now=NOW + timedelta(hours=hours))
    assert await fetch_value("SELECT count(*) FROM outbox") == 2


async def test_the_same_score_again_is_not_recorded(desk: str) -> None:
    ticket = await make_ticket()
    for _ in range(3):
        await rate(ticket.number, 4, now=NOW)
    given = "SELECT count(*) FROM ticket_event WHERE type = 'rating.given'"
    assert await fetch_value(given) == 1


async def test_an_unknown_ticket(desk: str) -> None:
    with pytest.raises(NotFound):
        await rate("100014", 5, now=NOW)
