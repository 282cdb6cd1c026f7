"""The place of a text where what was sought stands."""

from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.excerpts import LENGTH, excerpt


def test_the_line_around_the_word_is_shown() -> None:
    long = "word " * 50 + "The manometer shows nothing. " + "word " * 50
    shown = excerpt(["Something else", long], "Manometer")
    assert "The manometer shows" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


def test_folded_characters_are_found_where_they_stand() -> None:
    assert excerpt(["a", "昨天熱水器壞了"], "热水") == "昨天熱水器壞了"
    assert excerpt([None, "", "Zoë"], "zoe") == "Zoë"


@given(st.lists(st.text(max_size=300)), st.text(max_size=20))
def test_an_excerpt_is_short(texts: list[str], query: str) -> None:
    assert len(excerpt(texts, query)) <= LENGTH + 2
