import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.categories import (
    CATEGORIES,
    CategoryNode,
    Suggestion,
    suggest_category,
)
from service_desk.rules.words.plain_text import has_chinese, normalize_text


def test_the_tree_has_two_levels_and_names_in_both_languages() -> None:
    by_code = {category.code: category for category in CATEGORIES}
    assert len(by_code) == len(CATEGORIES)
    for category in CATEGORIES:
        assert category.en.isascii()
        assert has_chinese(category.zh)
        if category.parent is None:
            assert not category.keywords
        else:
            assert by_code[category.parent].parent is None
            assert any(word.isascii() for word in category.keywords), category.code
            assert any(has_chinese(word) for word in category.keywords), category.code


@pytest.mark.parametrize("category", [c for c in CATEGORIES if c.keywords])
def test_keywords_are_normalized_and_unique(category: CategoryNode) -> None:
    assert list(category.keywords) == [normalize_text(word) for word in category.keywords]
    assert len(set(category.keywords)) == len(category.keywords)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The washing machine is leaking, water on the floor", "product.leak"),
        ("洗衣机漏水", "product.leak"),
        ("插座冒烟，还有糊味", "safety.fire"),
        ("I want my MONEY BACK, a full refund", "money.refund"),
        ("变速箱异响顿挫", "product.noise"),
        ("Slow internet and outage every evening", "product.connection"),
        ("发票什么时候开", "money.invoice"),
        ("Bleak weather", None),
        ("", None),
    ],
)
def test_suggestions(text: str, code: str | None) -> None:
    suggestion = suggest_category(text, CATEGORIES)
    assert (suggestion.code if suggestion else None) == code


def test_a_suggestion_names_its_keywords() -> None:
    assert suggest_category("漏水，漏油", CATEGORIES) == Suggestion(
        "product.leak", ("漏水", "漏油")
    )


words = st.text("漏水电火", min_size=1, max_size=2)
trees = st.lists(st.lists(words, max_size=3, unique=True), max_size=5).map(
    lambda leaves: [
        CategoryNode(str(place), "Name", "名", "parent", tuple(keywords))
        for place, keywords in enumerate(leaves)
    ]
)


@given(st.text("漏水电火", max_size=8), trees)
def test_no_other_category_has_more_keywords(text: str, tree: list[CategoryNode]) -> None:
    def count(category: CategoryNode) -> int:
        return sum(word in text for word in category.keywords)

    suggestion = suggest_category(text, tree)
    most = max(map(count, tree), default=0)
    if suggestion is None:
        assert most == 0
    else:
        assert len(suggestion.because) == most == count(tree[int(suggestion.code)])
        assert suggestion == suggest_category(text, tree)
