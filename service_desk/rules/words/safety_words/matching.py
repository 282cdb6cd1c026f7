"""Looking for the phrases of a table in a text, by the words that they begin with."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from service_desk.rules.words.safety_words.folding import SENTENCE_END, fold
from service_desk.rules.words.safety_words.negation import Span, negated
from service_desk.rules.words.safety_words.notation import LETTER, STEM, Phrase

_WORD = re.compile(rf"{LETTER}+")
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


class FoundPhrase(Struct, frozen=True):
    """`phrase`: as the table has it; `words`: what the text has, parts joined by "…"."""

    phrase: str
    words: str


class PhraseIndex:
    """Phrases by what they begin with."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._words = defaultdict[str, list[Phrase]](list)
        self._stems = defaultdict[str, list[tuple[str, Phrase]]](list)
        for phrase in phrases:
            for start in dict.fromkeys(phrase.starts):
                if start.endswith("*"):
                    self._stems[start[:STEM]].append((start[:-1], phrase))
                else:
                    self._words[start].append(phrase)

    def matches(self, searched: str) -> Iterator[tuple[Phrase, re.Match[str]]]:
        """At each place of a folded text, the first match of each phrase."""
        for position, phrase in self._candidates(searched):
            found = phrase.match_at(searched, position)
            if found is not None:
                yield phrase, found

    def _candidates(self, searched: str) -> Iterator[tuple[int, Phrase]]:
        words, stems = self._words, self._stems
        for token in _WORD.finditer(searched):
            word, position = token.group(), token.start()
            seen = words.get(word, ())
            for phrase in seen:
                yield position, phrase
            for stem, phrase in stems.get(word[:STEM], ()):
                if word.startswith(stem) and phrase not in seen:
                    yield position, phrase
        for token in _CHINESE.finditer(searched):
            position = token.start()
            # In this order, so that one process names the same phrase as another.
            for start in dict.fromkeys((searched[position : position + 2], searched[position])):
                for phrase in words.get(start, ()):
                    yield position, phrase


class SafetyTable:
    """Phrases of danger and harmless ones, ready to be looked for."""

    def __init__(self, dangers: Iterable[str], harmless: Iterable[str] = ()) -> None:
        self._dangers = PhraseIndex(map(Phrase, dict.fromkeys(dangers)))
        self._harmless = PhraseIndex(map(Phrase, dict.fromkeys(harmless)))

    def find(self, text: str) -> tuple[FoundPhrase, ...]:
        """What tells of danger in `text`, in its order; of what overlaps, the longest.

        What lies within a harmless phrase does not count, nor what is negated."""
        searched = fold(text)
        parts, phrases = dict[Span, list[Span]](), dict[Span, Phrase]()
        for phrase, match in self._dangers.matches(searched):
            if match.span() not in parts:
                parts[match.span()] = [match.span(one + 1) for one in range(match.re.groups)]
                phrases[match.span()] = phrase
        if not parts:
            return ()
        phrases_safe, rest_safe = self._safe_spans(searched)
        counted = sorted(
            span
            for span in parts
            if not _within(span, rest_safe)
            and not _within(span, phrases_safe)
            and not any(_within_longer(part, phrases_safe) for part in parts[span])
        )
        denied = negated(searched, counted, parts)
        counted = [span for span in counted if span not in denied]
        outer = [one for one in counted if not _within(one, [two for two in counted if two != one])]
        return tuple(
            FoundPhrase(phrases[span].written, " … ".join(searched[a:b] for a, b in parts[span]))
            for span in outer
        )

    def _safe_spans(self, searched: str) -> tuple[list[Span], list[Span]]:
        """Harmless phrases; those that reach to an end of their sentence."""
        within, rest = list[Span](), list[Span]()
        for phrase, match in self._harmless.matches(searched):
            start, end = match.span()
            if phrase.from_sentence_start:
                start = max(searched.rfind(one, 0, start) for one in SENTENCE_END) + 1
            if phrase.to_sentence_end:
                ends = [searched.find(one, end) for one in SENTENCE_END]
                end = min((one for one in ends if one >= 0), default=len(searched))
            (within if (start, end) == match.span() else rest).append((start, end))
        return within, rest


def _within(span: Span, others: Iterable[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _within_longer(span: Span, others: Iterable[Span]) -> bool:
    return _within(span, (other for other in others if other != span))
