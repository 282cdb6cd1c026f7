import pytest

from service_desk.demo.sample_data.issues import ISSUES, load_sample_texts
from service_desk.rules.words.categories import CATEGORIES
from service_desk.rules.words.customer_words import find_safety_words


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_issue_has_words(locale: str) -> None:
    words = load_sample_texts(locale)
    assert set(words.talks) == {issue.key for issue in ISSUES}
    for talk in words.talks.values():
        assert len(talk.openings) >= 2
        assert all("{model}" in opening for opening in talk.openings)


def test_categories_are_the_shipped_ones() -> None:
    assert {issue.category for issue in ISSUES} <= {category.code for category in CATEGORIES}


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_only_what_is_dangerous_sounds_dangerous(locale: str) -> None:
    """Else intake would raise the severity, and the story's answers would come too late."""
    for issue in ISSUES:
        talk = load_sample_texts(locale).talks[issue.key]
        for opening in talk.openings:
            assert bool(find_safety_words(opening)) == issue.safety, opening
        assert issue.safety or not find_safety_words(talk.asks)
