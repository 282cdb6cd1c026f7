"""Normalizing text as customers type it, and finding words in it."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00]")
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0\ufe0e\ufe0f"
_LINE_END = re.compile(r"\r\n?")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def normalize_text(text: str) -> str:
    """Half width, case folded, without invisible characters, with single spaces."""
    if text.isascii():  # as the rest does, in a third of the time
        return " ".join(text.replace("\0", "").lower().split())
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    return " ".join(folded.split())


def is_blank(text: str) -> bool:
    """Whether nothing of `text` can be seen: spaces, and characters without a picture."""
    return all(
        one.isspace() or one in _BLANKS or unicodedata.category(one) in ("Cc", "Cf") for one in text
    )


def words_found(text: str, words: Iterable[str]) -> tuple[str, ...]:
    """Those of `words` that occur in `text`, in the order of `words`.

    Words in scripts with spaces match as whole words ("leak" is not in "bleak"); Chinese words
    match anywhere, since Chinese has no spaces.
    """
    searched = normalize_text(text)
    candidates = [pair for pair in _normalized(tuple(words)) if pair[1] in searched]
    return tuple(word for word, normal in candidates if _contains(searched, normal))


@lru_cache(maxsize=1024)
def _normalized(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each word once, with its normalized form; cached, since tables are few and rarely change."""
    return tuple((word, normalize_text(word)) for word in dict.fromkeys(words))


def strip_unstorable(text: str) -> str:
    """Without NUL, which PostgreSQL refuses, and with LF line ends: forms send CR LF, which would
    cost an SMS one more character a line."""
    return _LINE_END.sub("\n", text.replace("\0", ""))


def has_chinese(text: str) -> bool:
    return _HAN.search(text) is not None


def _contains(searched: str, word: str) -> bool:
    start = searched.find(word) if word else -1
    while start >= 0:
        end = start + len(word)
        if not _joined(searched[start - 1 : start], word[0]) and not _joined(
            word[-1], searched[end : end + 1]
        ):
            return True
        start = searched.find(word, start + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Whether two adjacent characters are within one word of a script with spaces."""
    return _in_spaced_word(left) and _in_spaced_word(right)


def _in_spaced_word(character: str) -> bool:
    return character.isalnum() and not has_chinese(character)
