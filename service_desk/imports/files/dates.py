"""Dates and times as files write them."""

from datetime import datetime
from functools import lru_cache

FIRST_YEAR = 1970  # of a date in a file: what is earlier was typed without its century


@lru_cache(maxsize=10_000)
def parse_date(text: str, formats: tuple[str, ...]) -> datetime | None:
    """By the first of these formats (strptime) that fits; none given: ISO 8601.

    Cached: days repeat from row to row, and strptime is slow.
    """
    if not formats:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - zone: by the caller
        except ValueError:
            continue
    return None
