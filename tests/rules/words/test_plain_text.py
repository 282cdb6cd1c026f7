import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.plain_text import (
    has_chinese,
    is_blank,
    normalize_text,
    strip_unstorable,
    words_found,
)

letters = st.text("ab 漏电-.", max_size=12)


def test_normalize_text() -> None:
    assert normalize_text("  ＳＴＯＰ！\u200b \n now ") == "stop! now"
    assert normalize_text("№ １００") == "no 100"
    assert normalize_text("\u202eevil\u202c\x00") == "evil"


@given(st.text(st.characters(codec="ascii")))
def test_plain_ascii_is_normalized_as_any_text(text: str) -> None:
    folded = unicodedata.normalize("NFKC", text.replace("\0", "")).casefold()
    assert normalize_text(text) == re.sub(r"\s+", " ", folded).strip()
    assert normalize_text(f"{text} 漏") == f"{normalize_text(text)} 漏".strip()


def test_line_ends_of_forms_become_lf() -> None:
    assert strip_unstorable("a\r\nb\nc\rd\r\r\n\0") == "a\nb\nc\nd\n\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It leaks!", ()),
        ("A LEAK, again", ("leak",)),
        ("bleak", ()),
        ("机器漏电了", ("漏电",)),
        ("有leak吗", ("leak",)),
    ],
)
def test_words_found(text: str, found: tuple[str, ...]) -> None:
    assert words_found(text, ["leak", "漏电", ""]) == found


@given(letters, st.text("ab漏", min_size=1, max_size=3))
def test_words_found_matches_a_regular_expression(text: str, word: str) -> None:
    pattern = re.escape(word)
    if word[0].isascii():
        pattern = r"(?<![ab])" + pattern
    if word[-1].isascii():
        pattern += r"(?![ab])"
    assert bool(words_found(text, [word])) == bool(re.search(pattern, normalize_text(text)))


@given(st.text())
def test_normalize_text_is_idempotent(text: str) -> None:
    assert normalize_text(normalize_text(text)) == normalize_text(text)


def test_has_chinese() -> None:
    assert has_chinese("A漏")
    assert not has_chinese("Ａ！ Grüße")


@pytest.mark.parametrize(
    "text", ["", " \t\n", "\u200b\u200b", "\0", "\u2060 \u3000", "\u3164\u2800"]
)
def test_what_cannot_be_seen_is_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(f"{text}x")


def test_emoji_are_seen() -> None:
    assert not is_blank("👨\u200d👩\u200d👧")
