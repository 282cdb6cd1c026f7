"""Words that tell of danger, and phrases in which they do not (DESIGN §2.1).

The tables here are the shipped ones, by kind of danger; supervisors edit both, and what they use is
passed in. A false alarm costs a glance, a missed one can cost a house: in doubt, a word counts.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from service_desk.rules.words.safety_words.matching import FoundPhrase, SafetyTable

_TABLE = Path(__file__).with_name("table")


def safety_words_found(
    text: str, words: Iterable[str], harmless: Iterable[str] = ()
) -> tuple[str, ...]:
    """What of `words` tells of danger in `text`, as it stands there, each once.

    One within a phrase of `harmless` does not count, nor one that is negated: "no smoke", 没有冒烟.
    """
    return tuple(dict.fromkeys(one.words for one in find_danger(text, words, harmless)))


def find_danger(
    text: str, words: Iterable[str], harmless: Iterable[str] = ()
) -> tuple[FoundPhrase, ...]:
    """The same, with the phrases of the table that found it."""
    return _table(tuple(words), tuple(harmless)).find(text)


@lru_cache(maxsize=4)
def _table(words: tuple[str, ...], harmless: tuple[str, ...]) -> SafetyTable:
    return SafetyTable(words, harmless)


def _read(name: str) -> dict[str, tuple[str, ...]]:
    """The phrases of a shipped file, by the heading that they stand under."""
    kinds = dict[str, tuple[str, ...]]()
    for section in _TABLE.joinpath(name).read_text("utf-8").split("\n## ")[1:]:
        kind, *lines = section.split("\n")
        kinds[kind] = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    return kinds


def _by_kind(name: str) -> dict[str, tuple[str, ...]]:
    english, chinese = _read(f"{name}.en.txt"), _read(f"{name}.zh.txt")
    return {kind: english.get(kind, ()) + chinese.get(kind, ()) for kind in english | chinese}


DANGERS_BY_KIND = _by_kind("dangers")
HARMLESS_BY_KIND = _by_kind("harmless")
SAFETY_WORDS = tuple(dict.fromkeys(one for kind in DANGERS_BY_KIND.values() for one in kind))
HARMLESS_PHRASES = tuple(dict.fromkeys(one for kind in HARMLESS_BY_KIND.values() for one in kind))
