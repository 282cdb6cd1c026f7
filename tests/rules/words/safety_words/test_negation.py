"""What is taken back by what stands before it."""

import pytest

from service_desk.rules.words.safety_words.matching import SafetyTable

TABLE = SafetyTable(["smoke", "sparks", "hurt", "smell … gas", "漏电", "冒烟"])


@pytest.mark.parametrize(
    "text",
    [
        *("no smoke, sparks or smell of gas", "Nobody was hurt", "There wasn't any smoke"),
        *("a smell but no gas", "没有漏电、冒烟", "冇漏电", "并没有发现漏电或冒烟"),
    ],
)
def test_what_is_negated(text: str) -> None:
    assert TABLE.find(text) == ()


@pytest.mark.parametrize(
    "text", ["Nobody hurt, smoke everywhere", "not just smoke", "No, smoke!", "没电了，冒烟"]
)
def test_what_is_not(text: str) -> None:
    assert TABLE.find(text)
