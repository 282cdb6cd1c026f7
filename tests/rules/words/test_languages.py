import pytest

from service_desk.rules.words.languages import LOCALES, Locale, language_of


@pytest.mark.parametrize(
    ("text", "default", "language"),
    [
        ("洗衣机坏了", "en", "zh"),
        ("My iPhone 屏幕 broke", "en", "zh"),
        ("The drum is stuck", "zh", "en"),
        ("Ｈｅｌｐ", "zh", "en"),
        ("Grüße", "zh", "en"),
        ("12345 👍", "zh", "zh"),
        ("12345 👍", "en", "en"),
        ("Привет", "zh", "zh"),
        ("", "zh", "zh"),
    ],
)
def test_language_of(text: str, default: Locale, language: Locale) -> None:
    assert language_of(text, default) == language
    assert language in LOCALES
