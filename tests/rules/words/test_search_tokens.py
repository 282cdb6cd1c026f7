import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service_desk.rules.words.search_tokens import (
    MAX_WORD_LENGTH,
    Term,
    query_terms,
    tokens,
    tsquery,
)


def test_tokens_are_words_and_bigrams() -> None:
    assert tokens("Café WASHER xqg-80, 洗衣机！") == (
        *("80", "cafe", "washer", "xqg"),
        *sorted(("洗衣", "衣机", "机")),
    )
    assert tokens("+86 138-0013") == ("0013", "138", "86")
    assert tokens("  ,, ") == ()
    assert tokens("x" * 100) == ("x" * MAX_WORD_LENGTH,)


def test_query_terms() -> None:
    assert query_terms("leaking wash") == (Term("leaking"), Term("wash", prefix=True))
    assert query_terms("洗衣机") == (Term("洗衣"), Term("衣机"))
    assert query_terms("机") == (Term("机", prefix=True),)
    assert tsquery("It's 洗衣机 & no!") == "'it' & 's' & '洗衣' & '衣机' & 'no':*"
    assert tsquery("!!") == ""


def matches(text: str, query: str) -> bool:
    """Whether PostgreSQL finds `text` by `query`."""
    found = tokens(text)
    return all(
        any(token.startswith(term.token) if term.prefix else token == term.token for token in found)
        for term in query_terms(query)
    )


@given(st.text("漏电洗", max_size=6), st.text("漏电洗", min_size=1, max_size=3))
def test_any_piece_of_chinese_is_found(text: str, piece: str) -> None:
    if piece in text:
        assert matches(text, piece)
    elif len(piece) <= 2:
        assert not matches(text, piece)


@given(st.lists(st.text("abc", min_size=1, max_size=4), max_size=5), st.text("abc", max_size=4))
def test_a_word_is_found_by_its_beginning(words: list[str], start: str) -> None:
    assert matches(" ".join(words), start) == (
        not start or any(word.startswith(start) for word in words)
    )


@given(st.text(max_size=100))
@example("\U0002fa1e")  # within a block of Chinese, but not assigned
def test_every_text_finds_itself(text: str) -> None:
    assert matches(text, text)
    assert all(token.isalnum() for token in tokens(text))


@pytest.mark.parametrize("query", ["'", "\\", "a'b", "a & !b", ":*"])
def test_a_query_cannot_break_out_of_its_quotes(query: str) -> None:
    bare = tsquery(query).replace(" & ", "").replace("':*", "'").replace("'", "")
    assert not bare or bare.isalnum()
