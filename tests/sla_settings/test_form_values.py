"""Reading posted forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.sla_settings.form_values import MAX_TEXT_LENGTH, text_of, version_edited


@given(st.lists(st.text()))
def test_a_field_is_its_last_value_without_surrounding_spaces(values: list[str]) -> None:
    assert text_of({"name": values}, "name") == (values[-1].strip() if values else "")


def test_a_missing_field_is_empty_and_a_long_one_is_cut() -> None:
    assert text_of({}, "name") == ""
    assert len(text_of({"name": ["x" * (MAX_TEXT_LENGTH + 1)]}, "name")) == MAX_TEXT_LENGTH


@pytest.mark.parametrize(("text", "version"), [("3", 3), (" 12 ", 12), ("", 0), ("-1", 0)])
def test_the_version_that_was_edited(text: str, version: int) -> None:
    assert version_edited({"based_on": [text]}) == version
    assert version_edited({}) == 0
