import pytest

from service_desk.demo.sample_data.issues import ISSUES, load_sample_texts
from service_desk.rules.words.categories import CATEGORIES
from service_desk.rules.words.safety_words import (
    HARMLESS_PHRASES,
    SAFETY_WORDS,
    safety_words_found,
)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_issue_has_texts(locale: str) -> None:
    texts = load_sample_texts(locale)
    assert set(texts.issues) == {issue.key for issue in ISSUES}
    for issue_texts in texts.issues.values():
        assert len(issue_texts.openings) >= 2
        assert all("{model}" in opening for opening in issue_texts.openings)


def test_categories_are_the_shipped_ones() -> None:
    assert {issue.category for issue in ISSUES} <= {category.code for category in CATEGORIES}


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_only_safety_issues_contain_safety_words(locale: str) -> None:
    """Otherwise intake would raise the severity, and the story's replies would be late."""
    for issue in ISSUES:
        issue_texts = load_sample_texts(locale).issues[issue.key]
        for opening in issue_texts.openings:
            found = safety_words_found(opening, SAFETY_WORDS, HARMLESS_PHRASES)
            assert bool(found) == issue.safety, opening
        asks = safety_words_found(issue_texts.asks, SAFETY_WORDS, HARMLESS_PHRASES)
        assert issue.safety or not asks
