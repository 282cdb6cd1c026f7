"""What is taken back by what stands before it."""

import pytest

from service_desk.rules.words.safety_words.matching import SafetyTable

TABLE = SafetyTable(["smoke", "smok*", "spark*", "hurt", "smell … gas", "漏电", "冒烟"])


@pytest.mark.parametrize(
    "text",
    [
        *("no smoke, sparks or smell of gas", "Nobody was hurt", "There wasn't any smoke"),
        *("It no longer smokes", "It stopped sparking after the repair", "It has ceased smoking"),
        *("No such sparks", "It isn't smoking, is it?", "Don't see smoke, is that fine?"),
        *("a smell but no gas", "没有漏电、冒烟", "冇漏电", "并没有发现漏电或冒烟"),
    ],
)
def test_what_is_negated(text: str) -> None:
    assert TABLE.find(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("Nobody hurt, smoke everywhere", "not just smoke", "No, smoke!", "没电了，冒烟"),
        *("It won't stop smoking", "it does not stop smoking", "It never quits sparking"),
        *(
            "It has not completely ceased smoking",
            "Make it stop smoking",
            "Has it stopped smoking?",
        ),
        *("It only stopped sparking when I pulled the plug", "Never seen such sparks"),
        *(
            "Isn't there smoke coming out? yes",
            "Hi, doesn't it smoke?",
            "难道不是漏电吗",
            "不是冒烟吗",
        ),
    ],
)
def test_what_is_not(text: str) -> None:
    assert TABLE.find(text)
