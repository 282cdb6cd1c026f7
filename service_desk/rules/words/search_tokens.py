"""Full-text search without a Chinese dictionary: words, and bigrams of Chinese characters.

`tokens` go into a tsvector (`array_to_tsvector`) with a GIN index; `tsquery` is matched against it
(`$1::tsquery`). Needs no extension of PostgreSQL.
"""

import re
import unicodedata

from msgspec import Struct

from service_desk.rules.words.plain_text import has_chinese, normalize_text
from service_desk.rules.words.simplified import simplify

MAX_WORD_LENGTH = 40
MAX_TERMS = 20

_CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")


class Term(Struct, frozen=True):
    """A token to find. `prefix`: also as the beginning of a longer one."""

    token: str
    prefix: bool = False


def tokens(text: str) -> tuple[str, ...]:
    """The tokens that `text` is found by, sorted, without repeats.

    A run of Chinese characters gives its bigrams and its last character, so that every single
    character is the beginning of a token.
    """
    found: set[str] = set()
    for run in runs_of(text):
        if has_chinese(run):
            found.update(run[at : at + 2] for at in range(len(run)))
        else:
            found.add(run[:MAX_WORD_LENGTH])
    return tuple(sorted(found))


def query_terms(query: str) -> tuple[Term, ...]:
    """The terms that a text must all have to be found by `query`.

    The last word may be incomplete, for search as you type; so may a single Chinese character.
    """
    runs = runs_of(query)
    terms: dict[Term, None] = {}
    for index, run in enumerate(runs):
        if not has_chinese(run):
            terms[Term(run[:MAX_WORD_LENGTH], prefix=index == len(runs) - 1)] = None
        elif len(run) == 1:
            terms[Term(run, prefix=True)] = None
        else:
            terms.update((Term(run[at : at + 2]), None) for at in range(len(run) - 1))
    return tuple(terms)[:MAX_TERMS]


def tsquery(query: str) -> str:
    """`query` as the text of a tsquery; empty if it has no terms."""
    # Tokens are letters and digits only: nothing needs escaping within the quotes.
    return " & ".join(f"'{term.token}'" + ":*" * term.prefix for term in query_terms(query))


def runs_of(text: str) -> list[str]:
    """Words and runs of Chinese characters, without accents, in simplified characters."""
    searched = normalize_text(text)
    if searched.isascii():  # the common case: no accents to remove
        return _RUN.findall(searched)
    decomposed = unicodedata.normalize("NFKD", searched)
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    composed = simplify(unicodedata.normalize("NFC", bare))
    # The Chinese ranges include unassigned code points, which are no letters.
    return _RUN.findall("".join(c if c.isalnum() else " " for c in composed))
