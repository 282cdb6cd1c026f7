"""How a phrase of the table of safety words is written, and the pattern that it stands for.

smok*                       smoke, smoking, smoked: any letters may follow
let * down                  a star alone: any one word
smell … gas                 a few words of the same sentence may stand between
brake (failed|has gone)     one of these; brackets may hold brackets and "…", too
(very)? hot                 or nothing
[body]                      a list of words, by its name: safety_words/groups.py
in case of …                only where it is harmless: the rest of the sentence is, too
"""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache

from service_desk.rules.rule_error import RuleError
from service_desk.rules.words.plain_text import has_chinese
from service_desk.rules.words.safety_words.folding import SENTENCE_END, fold
from service_desk.rules.words.safety_words.groups import GROUPS

LATIN_GAP, CHINESE_GAP = 40, 16  # characters that "…" stands for at most
STEM = 3  # letters that stand before a star at the beginning, at least
LETTER = r"[0-9a-zà-öø-ÿ]"  # of English, folded; a larger set would take long to compile
_PIECE = re.compile(r"…|\(|\)\??|\||\[[^\[\]]*\]|[^…()|\[\]]+")
_FIRST_WORD = re.compile(rf"{LETTER}+\*?")
_STAR = "\ue000"  # while folding


class NotationError(RuleError):
    """A phrase that is not written as one."""


class Phrase:
    """A phrase of the table. Raises NotationError if it is not one.

    `starts`: what it can begin with, each a word (`gas`), a stem (`smok*`) or one or two Chinese
    characters. `from_sentence_start`, `to_sentence_end`: it begins or ends with "…".
    """

    def __init__(self, written: str) -> None:
        self.written = written
        bare = written.replace("...", "…").strip()
        self.from_sentence_start, self.to_sentence_end = bare[:1] == "…", bare[-1:] == "…"
        self._gap = CHINESE_GAP if has_chinese(bare) else LATIN_GAP
        self._rest = _PIECE.findall(bare.strip("… "))
        if sum(map(len, self._rest)) != len(bare.strip("… ")):
            raise NotationError("“{word}”: a bracket has no partner.", word=self.written)
        self._pattern, starts = self._sequence(outermost=True)
        if self._rest:
            raise NotationError("“{word}”: a bracket has no partner.", word=self.written)
        if not all(start and (start[-1] != "*" or len(start) > STEM) for start in starts):
            raise NotationError(
                "“{word}” must begin with a word, or with at least three letters before a star.",
                word=self.written,
            )
        self.starts = tuple(dict.fromkeys(starts))

    @cached_property
    def match_at(self) -> Callable[[str, int], re.Match[str] | None]:
        """Its match that begins at a place of a folded text. What stands between two "…" that are
        not in brackets is a group."""
        return re.compile(self._pattern).match

    def _sequence(self, *, outermost: bool = False) -> tuple[str, list[str]]:
        """The pattern up to the next "|" or closing bracket, and what it can begin with."""
        parts, patterns = list[str](), list[str]()
        starts, open_start = list[str](), True
        while self._rest and self._rest[0] != "|" and self._rest[0][0] != ")":
            piece = self._rest.pop(0)
            if piece == "…":
                parts.append(r"\ ?".join(patterns))
                patterns, open_start = [], False
                continue
            if piece == "(":
                pattern, begins, optional = self._one_of()
            elif piece[0] == "[":
                pattern, begins, optional = *_named(piece[1:-1]), False
            elif piece.strip():
                pattern, begins, optional = *_words(piece), False
            else:
                continue
            patterns.append(pattern)
            starts += begins if open_start else []
            open_start = open_start and optional
        parts.append(r"\ ?".join(patterns))
        if not all(parts) or (outermost and open_start):
            raise NotationError(
                "“{word}”: something is missing beside “…” or “|”.", word=self.written
            )
        gap = rf"[^{re.escape(SENTENCE_END)}]{{0,{self._gap}}}?"
        return gap.join(f"({part})" if outermost else part for part in parts), starts

    def _one_of(self) -> tuple[str, list[str], bool]:
        patterns, starts = list[str](), list[str]()
        while True:
            pattern, begins = self._sequence()
            patterns.append(pattern)
            starts += begins
            if not self._rest:
                raise NotationError("“{word}”: a bracket has no partner.", word=self.written)
            closing = self._rest.pop(0)
            if closing != "|":
                break
        return f"(?:{'|'.join(patterns)}){closing[1:]}", starts, closing == ")?"


@lru_cache(maxsize=256)
def _named(name: str) -> tuple[str, list[str]]:
    if name not in GROUPS:
        names = ", ".join(f"[{one}]" for one in GROUPS)
        raise NotationError(
            "“{word}”: there is no list of words named [{name}]; the lists are {names}.",
            word=f"[{name}]",
            name=name,
            names=names,
        )
    words = [_words(word) for word in sorted(GROUPS[name], key=len, reverse=True)]
    patterns = "|".join(pattern for pattern, _ in words)
    return f"(?:{patterns})", [start for _, starts in words for start in starts]


@lru_cache(maxsize=16_384)  # most words stand in several phrases
def _words(text: str) -> tuple[str, list[str]]:
    """As whole words, in a script that has spaces."""
    words = fold(text.replace("*", _STAR)).replace(_STAR, "*").strip()
    if not words:
        raise NotationError("“{word}”: something is missing beside “…” or “|”.", word=text)
    left = "" if has_chinese(words[0]) else rf"(?<!{LETTER})"
    right = "" if has_chinese(words[-1]) or words.endswith("*") else rf"(?!{LETTER})"
    return left + re.escape(words).replace(r"\*", f"{LETTER}*") + right, [_start(words)]


def _start(words: str) -> str:
    """Nothing, if they cannot stand at the beginning of a phrase."""
    if has_chinese(words[0]):
        return words[:2] if len(words) > 1 and has_chinese(words[1]) else words[0]
    first = _FIRST_WORD.match(words)
    return first.group() if first else ""
