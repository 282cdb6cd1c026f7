"""Search without a Chinese dictionary: words, and pairs of neighbouring Chinese characters.

`tokens` go into a tsvector (`array_to_tsvector`), `tsquery` asks it (`$1::tsquery`), with a GIN
index over it. Needs no extension of PostgreSQL (ENGINEERING §2).
"""

import re
import unicodedata

from msgspec import Struct

from service_desk.rules.words.plain_text import has_chinese, normalize_text

MAX_WORD_LENGTH = 40
MAX_TERMS = 20

_CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")


class Term(Struct, frozen=True):
    """One thing to be found; `prefix`: as the beginning of a token."""

    token: str
    prefix: bool = False


def tokens(text: str) -> tuple[str, ...]:
    """What `text` can be found by, sorted, each once.

    A run of Chinese gives its pairs and its last character, so that one character alone is found
    as the beginning of a token wherever it stands.
    """
    found: set[str] = set()
    for run in _runs(text):
        if has_chinese(run):
            found.update(run[place : place + 2] for place in range(len(run)))
        else:
            found.add(run[:MAX_WORD_LENGTH])
    return tuple(sorted(found))


def query_terms(query: str) -> tuple[Term, ...]:
    """The terms that a text must have, all of them, to be found by `query`.

    The last word may be unfinished, as one types; so may a single Chinese character.
    """
    runs = list(_runs(query))
    terms: dict[Term, None] = {}
    for place, run in enumerate(runs):
        if not has_chinese(run):
            terms[Term(run[:MAX_WORD_LENGTH], prefix=place == len(runs) - 1)] = None
        elif len(run) == 1:
            terms[Term(run, prefix=True)] = None
        else:
            terms.update((Term(run[at : at + 2]), None) for at in range(len(run) - 1))
    return tuple(terms)[:MAX_TERMS]


def tsquery(query: str) -> str:
    """`query` as the text of a tsquery; empty if there is nothing to look for."""
    # Tokens are letters and digits only, so the quotes need no escapes.
    return " & ".join(f"'{term.token}'" + ":*" * term.prefix for term in query_terms(query))


def _runs(text: str) -> list[str]:
    """Words and runs of Chinese, without accents."""
    searched = normalize_text(text)
    if searched.isascii():  # most of what is typed has no accents to lose
        return _RUN.findall(searched)
    decomposed = unicodedata.normalize("NFKD", searched)
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    composed = unicodedata.normalize("NFC", bare)
    # The ranges of Chinese hold code points that are not assigned, and so are no letters.
    return _RUN.findall("".join(c if c.isalnum() else " " for c in composed))
