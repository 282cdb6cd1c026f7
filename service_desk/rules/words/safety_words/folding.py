"""How a text is folded before words of danger are looked for, and the words alike."""

import re

from service_desk.rules.words.plain_text import has_chinese, normalize_text
from service_desk.rules.words.simplified import simplify

SENTENCE_END = ".!?;。"
_APOSTROPHES = re.compile("['’‘`´]")
_PARAGRAPH = re.compile(r"\r?\n\s*\n")
_DOTS = re.compile(r"\.{2,}|…+|。{2,}")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_HYPHENS = re.compile(r"[-‐‑‒_*]+")


def fold(text: str) -> str:
    """Simplified characters, half width, lower case; "don't" as dont, "e-bike" as e bike. Of full
    stops only those stay that end a sentence; an empty line ends one too."""
    text = _PARAGRAPH.sub(". ", text)
    text = _DOTS.sub(", ", text)
    text = _HYPHENS.sub(" ", _DECIMAL.sub(",", _APOSTROPHES.sub("", text)))
    folded = normalize_text(text)
    return simplify(folded) if has_chinese(folded) else folded
