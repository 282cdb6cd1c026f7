"""A ticket is found by what is put right and added later."""

from service_desk.database import fetch_value
from service_desk.tickets.finding import find_by
from tests.factories import make_ticket

WORDS = "SELECT search FROM ticket WHERE id = $1"


async def is_found(ticket: int, word: str) -> bool:
    return await fetch_value(
        "SELECT search @@ to_tsquery('simple', $2) FROM ticket WHERE id = $1", ticket, word
    )


async def test_new_words_are_added_to_those_there_are(desk: str) -> None:
    ticket = (await make_ticket("The pump hums")).id
    assert await is_found(ticket, "pump")
    await find_by(ticket, {"product": "Aquarius", "resolution": None, "state": "resolved"})
    assert await is_found(ticket, "aquarius")
    assert await is_found(ticket, "pump")
    assert not await is_found(ticket, "resolved")  # not a column that tickets are found by


async def test_without_words_nothing_changes(desk: str) -> None:
    ticket = (await make_ticket()).id
    before = await fetch_value(WORDS, ticket)
    await find_by(ticket, {"product": None, "subject": " ", "assignee": "7"})
    assert await fetch_value(WORDS, ticket) == before
