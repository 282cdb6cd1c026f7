"""The place of a text where what was sought stands."""

from collections.abc import Iterable
from functools import lru_cache

from service_desk.rules.words.search_tokens import runs_of

BEFORE, LENGTH = 30, 120
MAX_READ = 4_000
"""Characters of a text."""


def excerpt(texts: Iterable[str | None], query: str) -> str:
    """A line around the first word of `query` in the first of `texts` that has one; else the
    beginning of the first text."""
    lines = [" ".join(text[:MAX_READ].split()) for text in texts if text and text.strip()]
    sought = [_parts(run) for run in runs_of(query)]
    for line in lines:
        folded = _folded(line)
        for parts in sought:
            at = next((place for part in parts if (place := folded.find(part)) >= 0), -1)
            if at >= 0:
                return _cut(line, at)
    return _cut(lines[0], 0) if lines else ""


def _parts(run: str) -> tuple[str, ...]:
    """A run as a whole, then what is found of it."""
    return run, *(run[at : at + 2] for at in range(len(run) - 1) if not run.isascii())


def _folded(line: str) -> str:
    """As in runs, character by character, so that places are those of `line`."""
    return line.lower() if line.isascii() else "".join(map(_fold, line))


@lru_cache(maxsize=8192)
def _fold(character: str) -> str:
    return (runs_of(character) or [" "])[0][:1]


def _cut(line: str, at: int) -> str:
    start = max(at - BEFORE, 0)
    cut = line[start : start + LENGTH]
    return "…" * (start > 0) + cut + "…" * (start + LENGTH < len(line))
