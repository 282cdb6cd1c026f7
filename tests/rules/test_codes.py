from service_desk.rules.codes import code_from
from service_desk.rules.words.languages import LOCALES


def test_text_from_outside_is_a_code_or_nothing() -> None:
    assert code_from("zh", LOCALES) == "zh"
    assert code_from("fr", LOCALES) is None
    assert code_from(None, LOCALES) is None
