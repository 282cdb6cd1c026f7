"""Traditional characters and their simplified ones."""

from service_desk.rules.words.simplified import SIMPLIFIED, TRADITIONAL, simplify


def test_each_has_one() -> None:
    assert len(TRADITIONAL) == len(SIMPLIFIED) == len(set(TRADITIONAL))
    assert simplify("異響，熱水器壞了 abc 异响") == "异响，热水器坏了 abc 异响"
