"""Text as customers type it, brought to one plain form, and words looked for in it."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00]")
_SPACES = re.compile(r"\s+")
_LINE_END = re.compile(r"\r\n?")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def normalize_text(text: str) -> str:
    """Full-width forms made ordinary, case folded, invisible marks gone, spaces single."""
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    return _SPACES.sub(" ", folded).strip()


def words_found(text: str, words: Iterable[str]) -> tuple[str, ...]:
    """Those of `words` that occur in `text`, in the order of `words`.

    A word that begins or ends with a letter or digit of a spaced script must stand by itself
    there ("leak" is not in "bleak"); Chinese has no spaces, so there a substring will do.
    """
    return words_in_normalized(normalize_text(text), words)


def words_in_normalized(searched: str, words: Iterable[str]) -> tuple[str, ...]:
    """`words_found` in a text that is plain already: for many tables and one text."""
    there = [pair for pair in _plain_words(tuple(words)) if pair[1] in searched]
    return tuple(word for word, bare in there if _contains(searched, bare))


@lru_cache(maxsize=1024)
def _plain_words(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each word once, with its plain form: tables are few and the same for every text."""
    return tuple((word, normalize_text(word)) for word in dict.fromkeys(words))


def strip_unstorable(text: str) -> str:
    """Without NUL, which cannot be stored, and with the line ends that were typed: forms send each
    as CR LF, which would cost a text a character more and show on the handset."""
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
    """Whether two neighbours belong to one word of a spaced script."""
    return _in_spaced_word(left) and _in_spaced_word(right)


def _in_spaced_word(character: str) -> bool:
    return character.isalnum() and not has_chinese(character)
