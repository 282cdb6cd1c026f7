"""What a word may have been meant to be, if nothing is found by it as it is."""

from collections.abc import Iterator

from service_desk.rules.words.plain_text import has_chinese
from service_desk.rules.words.search_tokens import MAX_WORD_LENGTH, runs_of

MIN_LETTERS = 4
"""Shorter words differ from each other by one letter anyway."""
MAX_WORDS = 6
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def spellings(word: str) -> tuple[str, ...]:
    """Words that differ from `word` by a letter more, less or wrong, or by two swapped; the word
    itself first. Only itself if it is short, or no word of plain letters: a number is exact."""
    if not MIN_LETTERS <= len(word) <= MAX_WORD_LENGTH or not (word.isascii() and word.isalpha()):
        return (word,)
    return tuple(dict.fromkeys((word, *_one_edit_away(word))))


def meanings(query: str) -> list[tuple[str, ...]]:
    """For each word of `query`, tsqueries of which one must match; none if there is no doubt.

    Of a run of Chinese characters one may be wrong: what is left of it must match.
    """
    runs = runs_of(query)[:MAX_WORDS]
    return [_chinese(run) if has_chinese(run) else _spaced(run) for run in runs]


def _spaced(word: str) -> tuple[str, ...]:
    return tuple(f"'{spelling[:MAX_WORD_LENGTH]}'" for spelling in spellings(word))


def _chinese(run: str) -> tuple[str, ...]:
    """`run` itself, then without each of its characters."""
    if len(run) == 1:
        return (f"'{run}':*",)
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    without = [
        [pair for at, pair in enumerate(pairs) if wrong not in (at, at + 1)]
        for wrong in range(len(run))
    ]
    kept = [pairs, *(rest for rest in without if rest)]
    return tuple(dict.fromkeys(" & ".join(f"'{pair}'" for pair in rest) for rest in kept))


def _one_edit_away(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        for letter in LETTERS:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
