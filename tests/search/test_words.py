"""PostgreSQL's `search_words` and our own `tokens` make the same words of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.database import fetch_value
from service_desk.rules.tickets.sought import serial_letters
from service_desk.rules.words.search_tokens import tokens
from service_desk.rules.words.simplified import TRADITIONAL

LETTERS = st.sampled_from("abcABC019 -_.,@'\\éÜñǖßЖΩｗ１热熱響异。，ガ가\n")


async def words_of(text: str) -> tuple[str, ...]:
    return tuple(await fetch_value("SELECT tsvector_to_array(search_words($1))", text))


@pytest.mark.parametrize(
    "text",
    [
        *("", "Zoë Müller", "異響，熱水器不熱", "ＡＢ12 cd-9", "a_b", "x" * 60, "𠮷野家", "it's"),
        *("热", "x1热水y2器", "热水器" * 20, "é" * 50 + "热水 " + "x" * 41, TRADITIONAL),
    ],
)
async def test_both_make_the_same_words(database: str, text: str) -> None:
    assert sorted(await words_of(text)) == sorted(tokens(text))


async def test_of_nothing_there_are_no_words(database: str) -> None:
    assert await fetch_value("SELECT search_words(NULL) = ''")


@pytest.mark.usefixtures("database")
@given(text=st.text(LETTERS, max_size=60))
async def test_both_make_the_same_words_of_anything_people_type(text: str) -> None:
    plain = text.replace("ß", "")  # lower() keeps it, casefold() does not
    assert sorted(await words_of(plain)) == sorted(tokens(plain))


async def test_the_planner_knows_that_words_are_dear(database: str) -> None:
    """Else it makes the words of a hundred thousand customers to learn that none has a typo."""
    cost = "SELECT procost FROM pg_proc WHERE oid = 'search_words(text)'::regprocedure"
    assert await fetch_value(cost) >= 1_000


async def test_both_leave_the_same_of_a_serial_number(database: str) -> None:
    text = "AB 12 cd-9/é"
    assert await fetch_value("SELECT serial_letters($1)", text) == serial_letters(text) == "AB12CD9"
