"""Words that tell of danger: their table by kind of danger, its notation, and the search for it."""

from service_desk.rules.words.safety_words.shipped import (
    DANGERS_BY_KIND,
    HARMLESS_BY_KIND,
    HARMLESS_PHRASES,
    SAFETY_WORDS,
    find_danger,
    safety_words_found,
)

__all__ = [
    "DANGERS_BY_KIND",
    "HARMLESS_BY_KIND",
    "HARMLESS_PHRASES",
    "SAFETY_WORDS",
    "find_danger",
    "safety_words_found",
]
