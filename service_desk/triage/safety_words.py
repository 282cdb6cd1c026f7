"""The words that make a ticket a matter of safety: read at intake, edited by supervisors."""

from datetime import datetime
from time import monotonic

from msgspec import Struct

from service_desk.database import after_commit, fetch, fetch_as, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.words.customer_words import SAFETY_WORDS, find_safety_words
from service_desk.rules.words.plain_text import normalize_text

CACHE_SECONDS = 5.0  # seconds within which every process follows an edit
MAX_WORD_LENGTH = 60
MAX_WORDS = 1_000


class SafetyWordView(Struct, frozen=True):
    """`created_by`: a name; None for one that was shipped."""

    id: int
    word: str
    created_by: str | None
    created_at: datetime


class _WordCache:
    words: tuple[str, ...] = ()
    until = 0.0  # on the monotonic clock


async def safety_words_in(text: str) -> tuple[str, ...]:
    """The desk's safety words in `text`. Asks the database once every few seconds, no more."""
    if monotonic() >= _WordCache.until:
        rows = await fetch("SELECT word FROM safety_word ORDER BY id")
        # A desk without any would take a fire for an everyday matter.
        _WordCache.words = tuple(row["word"] for row in rows) or SAFETY_WORDS
        _WordCache.until = monotonic() + CACHE_SECONDS
    return find_safety_words(text, _WordCache.words)


def clear_safety_word_cache() -> None:
    """Of this process, after an edit."""
    _WordCache.until = 0.0


async def list_safety_words() -> list[SafetyWordView]:
    return await fetch_as(
        SafetyWordView,
        "SELECT w.id, w.word, s.name AS created_by, w.created_at FROM safety_word w "
        "LEFT JOIN staff s ON s.id = w.created_by ORDER BY w.word",
    )


async def add_safety_words(lines: str, *, staff_id: int, now: datetime) -> int:
    """One word or phrase a line; returns how many are new. Raises InvalidInput."""
    words = list(
        dict.fromkeys(word for line in lines.splitlines() if (word := normalize_text(line)))
    )
    if not words:
        raise InvalidInput("Write at least one word.", field="words")
    for word in words:
        if len(word) > MAX_WORD_LENGTH or (word.isascii() and len(word) < 3):
            raise InvalidInput(
                "“{word}” cannot be a safety word: it needs 3 letters, or one Chinese character, "
                "and {most} at most.",
                field="words",
                word=word[:MAX_WORD_LENGTH],
                most=MAX_WORD_LENGTH,
            )
    async with transaction():
        await fetch("LOCK TABLE safety_word IN SHARE ROW EXCLUSIVE MODE")
        if await fetch_value("SELECT count(*) FROM safety_word") + len(words) > MAX_WORDS:
            raise InvalidInput(
                "There can be {most} safety words at most.", field="words", most=MAX_WORDS
            )
        added = await fetch(
            "INSERT INTO safety_word (word, created_at, created_by) "
            "SELECT word, $2, $3 FROM unnest($1::text[]) AS word "
            "ON CONFLICT (word) DO NOTHING RETURNING id",
            words,
            now,
            staff_id,
        )
        after_commit(_forget)
    return len(added)


async def remove_safety_word(word: int) -> None:
    """Raises NotFound, or Conflict for the last one. Tickets raised by it stay as they are."""
    async with transaction():
        await fetch("LOCK TABLE safety_word IN SHARE ROW EXCLUSIVE MODE")
        if await fetch_value("SELECT count(*) FROM safety_word") == 1:
            raise Conflict("One safety word at least must stay.")
        if not await fetch("DELETE FROM safety_word WHERE id = $1 RETURNING id", word):
            raise NotFound("There is no such safety word any more.")
        after_commit(_forget)


async def _forget() -> None:
    clear_safety_word_cache()
