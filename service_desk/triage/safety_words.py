"""Safety words: looked for in every message that comes in, edited by supervisors (DESIGN §2.1).

The shipped ones follow the release. A desk keeps what it added to them, and what it removed.
"""

from datetime import datetime
from time import monotonic

from msgspec import Struct

from service_desk.database import after_commit, fetch, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import count, delete_counted, list_rows
from service_desk.rules.words.plain_text import normalize_text
from service_desk.rules.words.safety_words import (
    HARMLESS_PHRASES,
    SAFETY_WORDS,
    find_danger,
)
from service_desk.rules.words.safety_words.matching import FoundPhrase
from service_desk.rules.words.safety_words.notation import NotationError, Phrase
from service_desk.tables import SafetyWord

CACHE_SECONDS = 5.0  # until every process uses an edited list
MIN_LETTERS = 3  # of a word in Latin letters
MAX_WORD_LENGTH = 300
MAX_WORDS = 1_000

# Adding and removing check the number of words: one edit at a time.
_LOCK = "LOCK TABLE safety_word IN SHARE ROW EXCLUSIVE MODE"
# A shipped word that was removed and is added again is the desk's own.
_ADD = """
INSERT INTO safety_word (word, created_at, created_by, harmless)
SELECT word, $2, $3, $4 FROM unnest($1::text[]) AS word
ON CONFLICT (word) DO UPDATE SET removed = false, harmless = $4, created_at = $2, created_by = $3
WHERE safety_word.removed
RETURNING id
"""
_REMOVE_SHIPPED = """
INSERT INTO safety_word (word, created_at, created_by, harmless, removed)
VALUES ($1, $2, $3, $4, true) ON CONFLICT (word) DO NOTHING
"""


class SafetyWordView(Struct, frozen=True):
    """What the desk changed. `created_by`: a name. `harmless`: a phrase in which words of danger
    do not count. `removed`: a shipped word that does not count here."""

    id: int
    word: str
    harmless: bool
    removed: bool
    created_by: str | None
    created_at: datetime


class StoredWord(Struct, frozen=True):
    word: str
    harmless: bool
    removed: bool


class _WordCache:
    words: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    until = 0.0  # on the monotonic clock


async def safety_words_in(body: str) -> tuple[str, ...]:
    """What tells of danger in `body`, each word once; the list is read once in a few seconds."""
    return tuple(dict.fromkeys(found.words for found in await danger_in(body)))


async def danger_in(body: str) -> tuple[FoundPhrase, ...]:
    """The same, with the phrases of the table that found it."""
    if monotonic() >= _WordCache.until:
        rows = await list_rows(StoredWord, SafetyWord, order_by=SafetyWord.id)
        _WordCache.words = desk_words(rows, SAFETY_WORDS, harmless=False)
        _WordCache.harmless = desk_words(rows, HARMLESS_PHRASES, harmless=True)
        _WordCache.until = monotonic() + CACHE_SECONDS
    return find_danger(body, _WordCache.words, _WordCache.harmless)


def desk_words(
    rows: list[StoredWord], shipped: tuple[str, ...], *, harmless: bool
) -> tuple[str, ...]:
    """The shipped ones, without those removed, and those added."""
    own = [row.word for row in rows if row.harmless == harmless and not row.removed]
    removed = {row.word for row in rows if row.harmless == harmless and row.removed}
    return (*(word for word in shipped if word not in removed), *own)


def clear_safety_word_cache() -> None:
    """In this process, after an edit."""
    _WordCache.until = 0.0


async def list_safety_words() -> list[SafetyWordView]:
    return await list_rows(
        SafetyWordView,
        SafetyWord,
        columns={"created_by": SafetyWord.created_by.name},
        order_by=SafetyWord.word,
    )


async def add_safety_words(
    lines: str, *, harmless: bool = False, staff_id: int, now: datetime
) -> int:
    """One word or phrase per line; returns how many are new. Raises InvalidInput."""
    words = _parse_words(lines)
    async with transaction():
        await fetch(_LOCK)
        if await count(SafetyWord) + len(words) > MAX_WORDS:
            raise InvalidInput(
                "There can be at most {max} safety words.", field="words", max=MAX_WORDS
            )
        added = await fetch(_ADD, words, now, staff_id, harmless)
        after_commit(_clear_cache)
    return len(added)


async def remove_safety_word(word: int) -> None:
    """One that the desk added; of a shipped one that it removed, the removal. Tickets that it was
    found in keep their severity. Raises NotFound."""
    async with transaction():
        await fetch(_LOCK)
        if not await delete_counted(SafetyWord, id=word):
            raise NotFound("This safety word no longer exists.")
        after_commit(_clear_cache)


async def remove_shipped_word(word: str, *, staff_id: int, now: datetime) -> None:
    """It does not count any more here, until it is restored. Raises NotFound, and Conflict for the
    last word."""
    harmless = word in HARMLESS_PHRASES
    if not harmless and word not in SAFETY_WORDS:
        raise NotFound("This safety word no longer exists.")
    async with transaction():
        await fetch(_LOCK)
        rows = await list_rows(StoredWord, SafetyWord)
        if not harmless and desk_words(rows, SAFETY_WORDS, harmless=False) == (word,):
            raise Conflict("At least one safety word must remain.")
        await fetch(_REMOVE_SHIPPED, word, now, staff_id, harmless)
        after_commit(_clear_cache)


def _parse_words(lines: str) -> list[str]:
    """Normalized, without duplicates. Raises InvalidInput."""
    words = list(dict.fromkeys(word for line in lines.splitlines() if (word := _written(line))))
    if not words:
        raise InvalidInput("Enter at least one word.", field="words")
    for word in words:
        if len(word) > MAX_WORD_LENGTH or (word.isascii() and len(word) < MIN_LETTERS):
            raise InvalidInput(
                "“{word}” cannot be a safety word: it needs at least 3 letters or one Chinese "
                "character, and at most {max} characters.",
                field="words",
                word=word[:MAX_WORD_LENGTH],
                max=MAX_WORD_LENGTH,
            )
        _check_notation(word)
    return words


def _written(line: str) -> str:
    return normalize_text(line).replace("...", "…")


def _check_notation(word: str) -> None:
    try:
        Phrase(word)
    except NotationError as error:
        params = {**error.params, "word": word}
        raise InvalidInput(error.message, field="words", **params) from error


async def _clear_cache() -> None:
    clear_safety_word_cache()
