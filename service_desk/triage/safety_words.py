"""Safety words: looked for in every message that comes in, edited by supervisors (DESIGN §2.1)."""

from datetime import datetime
from time import monotonic

from msgspec import Struct

from service_desk.database import after_commit, fetch, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import count, delete_counted, list_rows
from service_desk.rules.words.plain_text import normalize_text
from service_desk.rules.words.safety_words import SAFETY_WORDS, safety_words_found
from service_desk.tables import SafetyWord

CACHE_SECONDS = 5.0  # until every process uses an edited list
MIN_LETTERS = 3  # of a word in Latin letters
MAX_WORD_LENGTH = 60
MAX_WORDS = 1_000

# Adding and removing check the number of words: one edit at a time.
_LOCK = "LOCK TABLE safety_word IN SHARE ROW EXCLUSIVE MODE"
_ADD = """
INSERT INTO safety_word (word, created_at, created_by, harmless)
SELECT word, $2, $3, $4 FROM unnest($1::text[]) AS word ON CONFLICT (word) DO NOTHING RETURNING id
"""


class SafetyWordView(Struct, frozen=True):
    """`created_by`: a name; None for a word that we ship. `harmless`: a phrase in which words of
    danger do not count."""

    id: int
    word: str
    harmless: bool
    created_by: str | None
    created_at: datetime


class StoredWord(Struct, frozen=True):
    word: str
    harmless: bool


class StoredId(Struct, frozen=True):
    id: int


class _WordCache:
    words: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    until = 0.0  # on the monotonic clock


async def safety_words_in(body: str) -> tuple[str, ...]:
    """The desk's safety words in `body`; the list is read once in a few seconds."""
    if monotonic() >= _WordCache.until:
        rows = await list_rows(StoredWord, SafetyWord, order_by=SafetyWord.id)
        # Never without any: a fire would be an ordinary complaint.
        _WordCache.words = tuple(row.word for row in rows if not row.harmless) or SAFETY_WORDS
        _WordCache.harmless = tuple(row.word for row in rows if row.harmless)
        _WordCache.until = monotonic() + CACHE_SECONDS
    return safety_words_found(body, _WordCache.words, _WordCache.harmless)


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
    """Tickets that it was found in keep their severity. Raises NotFound, and Conflict for the last
    word."""
    async with transaction():
        await fetch(_LOCK)
        danger = await list_rows(StoredId, SafetyWord, harmless=False)
        if [one.id for one in danger] == [word]:
            raise Conflict("At least one safety word must remain.")
        if not await delete_counted(SafetyWord, id=word):
            raise NotFound("This safety word no longer exists.")
        after_commit(_clear_cache)


def _parse_words(lines: str) -> list[str]:
    """Normalized, without duplicates. Raises InvalidInput."""
    words = list(
        dict.fromkeys(word for line in lines.splitlines() if (word := normalize_text(line)))
    )
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
    return words


async def _clear_cache() -> None:
    clear_safety_word_cache()
