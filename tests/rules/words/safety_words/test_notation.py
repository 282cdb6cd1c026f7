"""How a phrase is written, and what it finds."""

import pytest

from service_desk.rules.words.safety_words.matching import SafetyTable
from service_desk.rules.words.safety_words.notation import NotationError, Phrase


@pytest.mark.parametrize(
    ("phrase", "text", "words"),
    [
        ("smok*", "It SMOKED", ("smoked",)),
        ("smok*", "rubber smells smoky", ("smoky",)),
        ("fire", "fired", ()),
        ("smell … gas", "a smell of natural gas", ("smell … gas",)),
        ("smell … gas", "no smell. The gas is on", ()),
        ("smell … gas", "a smell\n\ngas", ()),
        ("smell … gas", "a smell\nof gas", ("smell … gas",)),
        ("brake (failed|has gone)", "my brake has gone", ("brake has gone",)),
        ("(a (b|c)|d … e)", "a c, d x e", ("a c", "d x e")),
        ("(very)? hot", "hot; very hot", ("hot", "very hot")),
        ("hit * head", "it hit his head", ("hit his head",)),
        ("[body] … burnt", "elbow is burnt", ("elbow … burnt",)),
        ("doesn't stop", "It doesnt stop", ("doesnt stop",)),
        ("short-circuit", "a short circuit", ("short circuit",)),
        ("漏电", "洗衣機漏電", ("漏电",)),
        ("(插头|插座)…黑", "插座都变黑", ("插座 … 黑",)),
        ("[部位]…伤", "手指受伤", ("手指 … 伤",)),
    ],
)
def test_what_a_phrase_finds(phrase: str, text: str, words: tuple[str, ...]) -> None:
    assert tuple(one.words for one in SafetyTable([phrase]).find(text)) == words


@pytest.mark.parametrize(
    "phrase",
    ["", "…", "(smoke", "smoke)", "smoke|fire", "(|fire)", "(fire|)", "ab*", "* fire", "[nobody]"],
)
def test_what_is_no_phrase(phrase: str) -> None:
    with pytest.raises(NotationError):
        Phrase(phrase)


@pytest.mark.parametrize(
    ("harmless", "text", "words"),
    [
        ("shock absorber", "shock absorber, shock", ("shock",)),
        ("in case of …", "in case of a shock, or fire. Fire!", ("fire",)),
        ("… before i buy", "Fire! Is there a shock before I buy", ("fire",)),
        ("protection", "hot water, shock protection", ("shock",)),
        ("shock protection", "water, shock protection", ()),
    ],
)
def test_what_is_harmless(harmless: str, text: str, words: tuple[str, ...]) -> None:
    table = SafetyTable(["shock", "fire", "water … shock"], [harmless])
    found = [part for one in table.find(text) for part in one.words.split(" … ")]
    assert tuple(one for one in found if one != "water") == words
