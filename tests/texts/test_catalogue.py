import pytest

from service_desk.rules.messages.templates import check_template, placeholders
from service_desk.rules.words.languages import Locale
from service_desk.texts.catalogue import (
    GROUPS,
    TITLES,
    group_of,
    is_single_line,
    max_length_of,
    optional_placeholders,
    sample_values,
)
from service_desk.texts.customer_texts import TEXTS


def test_every_text_has_a_title_and_one_group() -> None:
    assert set(TITLES) == set(TEXTS)
    assert sorted(name for group in GROUPS for name in group.texts) == sorted(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_shipped_text_would_be_accepted_and_can_be_previewed(
    name: str, locale: Locale
) -> None:
    shipped = TEXTS[name].in_locale(locale)
    check_template(
        shipped,
        required=placeholders(shipped),
        optional=optional_placeholders(name),
        max_length=max_length_of(name),
        multiline=not is_single_line(name),
    )
    assert "{" not in shipped.format(**sample_values(locale))


def test_only_sms_are_counted_in_segments() -> None:
    assert group_of("acknowledgement").kind == "sms"
    assert group_of("email_acknowledgement").kind == "email"
    assert group_of("say_menu").kind == "voice"
    assert group_of("state_open").kind == "phrase"
