"""The index by first words finds what trying each phrase at each place finds."""

from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.safety_words.folding import fold
from service_desk.rules.words.safety_words.matching import PhraseIndex
from service_desk.rules.words.safety_words.notation import Phrase

WORDS = [
    "gas",
    "smell",
    "smelled",
    "gasket",
    "no",
    "漏",
    "电",
    "漏电",
    "e-bike",
    ".",
    ",",
    "ß",
    "é",
]
PHRASES = [
    *(
        "gas",
        "gas*",
        "smel*",
        "smell … gas",
        "(smell|no)? gas",
        "(gas|smel*) (no|漏)",
        "漏",
        "漏电",
    ),
    *("(漏|电)…电", "gas漏", "e bike", "no … (gas|电) … smell*", "漏 gas", "[body]", "[人]"),
]

texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12).flatmap(
    lambda words: st.sampled_from([" ".join(words), "".join(words)])
)


@given(texts, st.lists(st.sampled_from(PHRASES), unique=True, max_size=6))
def test_the_index_finds_what_a_slow_search_finds(text: str, written: list[str]) -> None:
    phrases, searched = [Phrase(one) for one in written], fold(text)
    slow = {
        (phrase.written, found.span())
        for phrase in phrases
        for position in range(len(searched))
        if searched[position] != " " and (found := phrase.match_at(searched, position))
    }
    quick = [(one.written, match.span()) for one, match in PhraseIndex(phrases).matches(searched)]
    assert sorted(quick) == sorted(slow)
