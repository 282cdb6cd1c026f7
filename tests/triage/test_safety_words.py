"""Safety words, edited by supervisors, and their effect on the next message."""

import pytest

from service_desk import database
from service_desk.database import fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.installation import load_shipped
from service_desk.rules.words.safety_words import HARMLESS_PHRASES, SAFETY_WORDS
from service_desk.tickets.conversation import receive_message
from service_desk.triage.safety_words import (
    add_safety_words,
    list_safety_words,
    remove_safety_word,
    safety_words_in,
)
from tests.factories import NOW, make_staff, make_ticket


async def _id(word: str) -> int:
    return await fetch_value("SELECT id FROM safety_word WHERE word = $1", word)


async def test_shipped_words_are_loaded_once(desk: str) -> None:
    assert {entry.word for entry in await list_safety_words()} == {
        *SAFETY_WORDS,
        *HARMLESS_PHRASES,
    }
    await remove_safety_word(await _id("smoke"))
    await load_shipped(NOW)
    assert await _id("smoke") is None


async def test_an_edit_takes_effect_with_the_next_message(desk: str) -> None:
    staff = await make_staff()
    assert (await make_ticket("The door handle hisses")).severity == "normal"
    assert (
        await add_safety_words(
            "Hisses \n\nＷＨＩＳＴＬＥＳ\n嘶嘶声\nhisses\nleak", staff_id=staff, now=NOW
        )
        == 4
    )
    ticket = await make_ticket("It hisses", phone="+8613900139000")
    assert ticket.severity == "safety"
    await remove_safety_word(await _id("leak"))
    quiet = await make_ticket("A leak", phone="+8613700137000")
    assert quiet.severity == "normal"
    await receive_message(quiet.number, "一直有嘶嘶声", channel="sms", now=NOW)
    assert await fetch_value("SELECT severity FROM ticket WHERE id = $1", quiet.id) == "safety"


@pytest.mark.parametrize("words", ["", " \n ", "a", "ok", "x" * 61])
async def test_invalid_words(desk: str, words: str) -> None:
    with pytest.raises(InvalidInput):
        await add_safety_words(words, staff_id=await make_staff(), now=NOW)


async def test_unknown_words_and_the_last_word_cannot_be_removed(desk: str) -> None:
    with pytest.raises(NotFound):
        await remove_safety_word(10**6)
    await database.fetch("DELETE FROM safety_word WHERE word <> 'fire' AND NOT harmless")
    with pytest.raises(Conflict):
        await remove_safety_word(await _id("fire"))


async def test_the_list_of_words_is_cached(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await safety_words_in("a fire") == ("fire",)
    monkeypatch.setattr(database.DB, "pool", None)  # a query would fail
    assert await safety_words_in("smoke and fire") == ("fire", "smoke")


async def test_a_phrase_that_is_harmless_takes_effect_too(desk: str) -> None:
    staff = await make_staff()
    assert await safety_words_in("My smoke machine does not start") == ("smoke",)
    await add_safety_words("smoke machine", harmless=True, staff_id=staff, now=NOW)
    assert await safety_words_in("My smoke machine does not start") == ()
    assert await safety_words_in("The smoke machine is on fire") == ("fire",)
