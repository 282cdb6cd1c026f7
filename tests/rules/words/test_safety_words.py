"""What tells of danger, and what only sounds like it (DESIGN §2.1)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.safety_words import (
    HARMLESS_PHRASES,
    SAFETY_WORDS,
    safety_words_found,
)

# Written before the table was read by their author: what customers write, tab-separated from
# whether it tells of danger.
SENTENCES = Path(__file__).with_name("safety_sentences.tsv")


def found(text: str) -> tuple[str, ...]:
    return safety_words_found(text, SAFETY_WORDS, HARMLESS_PHRASES)


def test_recall_and_precision_on_two_hundred_sentences() -> None:
    """At least 98 of 100 dangers are found, and at least 9 of 10 alarms are true."""
    rows = [line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines()]
    assert [label for label, _ in rows].count("danger") == len(rows) / 2 == 100
    alarms = [(label == "danger", text) for label, text in rows if found(text)]
    true = [text for danger, text in alarms if danger]
    missed = [text for label, text in rows if label == "danger" and text not in true]
    assert len(true) / 100 >= 0.98, missed
    assert len(true) / len(alarms) >= 0.9, [text for danger, text in alarms if not danger]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("There is SMOKE, then a fire!", ("fire", "smoke")),
        ("I was fired by a smoker", ()),
        ("洗衣机漏电，孩子受伤", ("漏电", "受伤")),
        ("electric ｓｈｏｃｋ", ("shock",)),
        ("The washing machine is loud", ()),
        ("Shock absorber is worn", ()),
        ("Fire TV remote lost", ()),
        ("The Fire TV is on fire", ("fire",)),
        ("The smoke alarm went off", ("alarm went off",)),
        ("气得快爆炸了", ()),
        ("烟雾报警器响了，厨房冒烟", ("冒烟",)),
    ],
)
def test_words_within_harmless_phrases_do_not_count(text: str, words: tuple[str, ...]) -> None:
    assert found(text) == words


@pytest.mark.parametrize(
    "text",
    [
        *(
            "No smoke, just noise",
            "no smoke",
            "There is no visible smoke or fire",
            "It doesn't smoke",
        ),
        *("Nobody was hurt", "without any sparks", "It never smoked and no fire"),
        *("没有冒烟", "并没有任何冒烟", "没漏电也没冒烟", "不冒烟", "没有人受伤", "未发现漏气"),
    ],
)
def test_what_is_negated_does_not_count(text: str) -> None:
    assert found(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("No power. Smoke comes out", "It does not stop burning", "Not working, smoke all over"),
        *("It is not smoking any more", "no idea why it sparks", "I cannot switch it off, fire!"),
        *(
            "是不是漏电？",
            "有没有漏电",
            "会不会爆炸",
            "没电了，冒烟",
            "不知道为什么冒烟",
            "不停地冒烟",
        ),
    ],
)
def test_a_negation_of_something_else_takes_nothing_back(text: str) -> None:
    assert found(text)


@given(st.text(max_size=300))
def test_any_text_is_accepted(text: str) -> None:
    assert set(found(text)) <= set(SAFETY_WORDS)


def test_every_word_is_listed_once() -> None:
    words = (*SAFETY_WORDS, *HARMLESS_PHRASES)
    assert len(set(words)) == len(words)
