"""Safety words, edited by supervisors, and their effect on the next message."""

import pytest

from service_desk import database
from service_desk.database import fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.installation import load_shipped
from service_desk.rules.words.safety_words import SAFETY_WORDS
from service_desk.tickets.conversation import receive_message
from service_desk.triage.safety_words import (
    add_safety_words,
    danger_in,
    list_safety_words,
    remove_safety_word,
    remove_shipped_word,
    safety_words_in,
)
from tests.factories import NOW, make_staff, make_ticket


async def _id(word: str) -> int:
    return await fetch_value("SELECT id FROM safety_word WHERE word = $1", word)


async def test_a_desk_stores_only_what_it_changed_of_the_shipped_words(desk: str) -> None:
    assert await list_safety_words() == []
    assert await safety_words_in("The door gives off smoke") == ("smoke",)
    staff = await make_staff()
    await remove_shipped_word("smoke", staff_id=staff, now=NOW)
    await load_shipped(NOW)
    assert [(one.word, one.removed) for one in await list_safety_words()] == [("smoke", True)]
    assert await safety_words_in("The door gives off smoke") == ()
    await remove_safety_word(await _id("smoke"))  # restored
    assert await safety_words_in("The door gives off smoke") == ("smoke",)
    await remove_shipped_word("smoke", staff_id=staff, now=NOW)
    await add_safety_words("smoke", staff_id=staff, now=NOW)
    assert [(one.word, one.removed) for one in await list_safety_words()] == [("smoke", False)]


async def test_an_edit_takes_effect_with_the_next_message(desk: str) -> None:
    staff = await make_staff()
    assert (await make_ticket("The door handle drones")).severity == "normal"
    added = "Drones \n\nＷＨＩＳＴＬＥＳ\n当当声\ndrones\nleak"
    assert await add_safety_words(added, staff_id=staff, now=NOW) == 4
    ticket = await make_ticket("It drones", phone="+8613900139000")
    assert ticket.severity == "safety"
    await remove_safety_word(await _id("leak"))
    quiet = await make_ticket("A leak", phone="+8613700137000")
    assert quiet.severity == "normal"
    await receive_message(quiet.number, "一直有当当声", channel="sms", now=NOW)
    assert await fetch_value("SELECT severity FROM ticket WHERE id = $1", quiet.id) == "safety"


async def test_a_phrase_is_written_in_a_notation(desk: str) -> None:
    staff = await make_staff()
    phrase = "(lever|levers) … (droop*|went limp)"
    await add_safety_words(phrase, staff_id=staff, now=NOW)
    found = await danger_in("The LEVER on the left is drooping.")
    assert [(one.phrase, one.words) for one in found] == [(phrase, "lever … drooping")]


@pytest.mark.parametrize(
    "words",
    ["", " \n ", "a", "ok", "x" * 301, "(smoke", "smoke)", "smoke|", "ab*", "[nobody] hurt", "…"],
)
async def test_invalid_words(desk: str, words: str) -> None:
    with pytest.raises(InvalidInput):
        await add_safety_words(words, staff_id=await make_staff(), now=NOW)


async def test_unknown_words_and_the_last_word_cannot_be_removed(desk: str) -> None:
    staff = await make_staff()
    with pytest.raises(NotFound):
        await remove_safety_word(10**6)
    with pytest.raises(NotFound):
        await remove_shipped_word("no such word", staff_id=staff, now=NOW)
    await database.fetch(
        "INSERT INTO safety_word (word, removed, created_at) SELECT word, true, $2"
        " FROM unnest($1::text[]) AS word WHERE word <> 'smoke'",
        list(SAFETY_WORDS),
        NOW,
    )
    with pytest.raises(Conflict):
        await remove_shipped_word("smoke", staff_id=staff, now=NOW)


async def test_the_list_of_words_is_cached(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await safety_words_in("a fire") == ("fire",)
    monkeypatch.setattr(database.DB, "pool", None)  # a query would fail
    assert await safety_words_in("smoke and fire") == ("smoke", "fire")


async def test_a_phrase_that_is_harmless_takes_effect_too(desk: str) -> None:
    staff = await make_staff()
    assert await safety_words_in("My smoke maker does not start") == ("smoke",)
    await add_safety_words("smoke maker", harmless=True, staff_id=staff, now=NOW)
    assert await safety_words_in("My smoke maker does not start") == ()
    assert await safety_words_in("The smoke maker is on fire") == ("on fire",)
