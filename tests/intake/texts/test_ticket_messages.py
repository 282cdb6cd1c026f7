"""Words join the ticket that they are about; a mistyped number is asked about."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.tickets import conversation
from tests.factories import make_staff, make_ticket, solved
from tests.twilio_side import number_in, text_desk


async def test_further_texts_join_the_open_ticket(client: AsyncClient) -> None:
    number = number_in(await text_desk(client, "broken"))
    answer = await text_desk(client, "and it smells")
    assert number in answer
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_named_ticket_is_joined(client: AsyncClient) -> None:
    first = await make_ticket("one", at=wall_clock.now() - timedelta(hours=2))
    second = await make_ticket("two", at=wall_clock.now() - timedelta(hours=1))
    assert second.number in await text_desk(client, "more about two")
    assert first.number in await text_desk(client, f"re #{first.number}: still broken")
    bodies = await fetch("SELECT body FROM message WHERE ticket = $1 ORDER BY id", first.id)
    assert bodies[1]["body"] == f"re #{first.number}: still broken"


async def test_a_mistyped_number_is_queried_and_the_text_is_kept(client: AsyncClient) -> None:
    ticket = await make_ticket()
    wrong = ticket.number[:-1] + str((int(ticket.number[-1]) + 1) % 10)
    answer = await text_desk(client, f"{wrong} is still broken")
    assert wrong in answer
    assert ticket.number in answer
    assert await fetch_value("SELECT count(*) FROM message WHERE body LIKE '%still broken'") == 1


BODIES = "SELECT body FROM message WHERE ticket = $1 AND direction = 'in' ORDER BY at, id"


def mistyped(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@pytest.mark.parametrize("words", ["{}", "Sorry, I meant {}", "抱歉，应该是{}"])
async def test_a_corrected_number_moves_the_previous_message(
    client: AsyncClient, words: str
) -> None:
    right = await make_ticket("one", at=wall_clock.now() - timedelta(hours=2))
    other = await make_ticket("two", at=wall_clock.now() - timedelta(hours=1))
    text = f"Ticket {mistyped(right.number)} now it is loud"
    assert other.number in await text_desk(client, text)
    answer = await text_desk(client, words.format(right.number))
    assert answer.startswith("Thank you. What you wrote before is on ticket " + right.number)
    assert f"/t/{right.token}" in answer
    there = [row["body"] for row in await fetch(BODIES, right.id)]
    assert sorted(there[1:]) == sorted([text, words.format(right.number)])
    assert [row["body"] for row in await fetch(BODIES, other.id)] == ["two"]
    # The same number again is only a word on its ticket.
    assert "before" not in await text_desk(client, right.number)


async def test_a_corrected_number_merges_the_ticket_opened_by_mistake(client: AsyncClient) -> None:
    right = await make_ticket("one", at=wall_clock.now() - timedelta(days=9))
    await make_ticket("two", at=wall_clock.now() - timedelta(days=8))
    opened = number_in(
        (await text_desk(client, f"Ticket {mistyped(right.number)} is loud")).partition("ticket ")[
            2
        ]
    )
    assert opened not in (right.number, mistyped(right.number))
    assert right.number in await text_desk(client, right.number)
    merged = await fetch_value("SELECT merged_into FROM ticket WHERE number = $1", opened)
    assert merged == right.id


async def test_a_ticket_that_somebody_works_on_stays_where_it_is(client: AsyncClient) -> None:
    right = await make_ticket("one", at=wall_clock.now() - timedelta(days=9))
    await make_ticket("two", at=wall_clock.now() - timedelta(days=8))
    await text_desk(client, f"Ticket {mistyped(right.number)} is loud")
    new = await fetch_value("SELECT number FROM ticket ORDER BY id DESC LIMIT 1")
    await conversation.reply(new, "We look", staff_id=await make_staff(), now=wall_clock.now())
    assert "before" not in await text_desk(client, right.number)
    assert await fetch_value("SELECT count(*) FROM ticket WHERE merged_into IS NULL") == 3


async def test_a_ticket_number_with_other_text_moves_nothing(client: AsyncClient) -> None:
    right = await make_ticket("one", at=wall_clock.now() - timedelta(hours=2))
    other = await make_ticket("two", at=wall_clock.now() - timedelta(hours=1))
    await text_desk(client, f"Ticket {mistyped(right.number)} is loud")
    assert "before" not in await text_desk(client, f"{right.number} smells")
    assert len(await fetch(BODIES, other.id)) == 2


async def test_the_right_number_of_a_solved_ticket_reopens_it(client: AsyncClient) -> None:
    right, other = await make_ticket("one"), await make_ticket("two")
    await solved(right)
    text = f"Ticket {mistyped(right.number)} is loud again"
    assert other.number in await text_desk(client, text)
    assert right.number in await text_desk(client, right.number)
    assert await fetch_value("SELECT state FROM ticket WHERE id = $1", right.id) == "open"
    assert text in [row["body"] for row in await fetch(BODIES, right.id)]


async def test_a_number_that_is_no_score_reopens_nothing_and_is_asked_again(
    client: AsyncClient,
) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    for number in ("6", "-1", "4.5", "100分"):
        assert "from 1 to 5" in await text_desk(client, number)
        assert await fetch_value("SELECT state FROM ticket") == "resolved"
        assert await fetch_value("SELECT count(*) FROM message WHERE body = $1", number) == 1
    assert ticket.number in await text_desk(client, "4")
    assert await fetch_value("SELECT score FROM rating") == 4


async def test_thanks_above_a_phones_signature_reopen_nothing(client: AsyncClient) -> None:
    ticket = await make_ticket()
    await solved(ticket)
    assert "welcome" in await text_desk(client, "thanks\n\nSent from my iPhone")
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    assert ticket.number in await text_desk(client, "but it is loud again\nSent from my iPhone")
    assert await fetch_value("SELECT state FROM ticket") == "open"
