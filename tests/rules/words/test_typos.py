"""What a word may have been meant to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.typos import meanings, spellings


@pytest.mark.parametrize(
    "typed", ["heter", "heatter", "haeter", "heatsr", "heate", "heater", "eater"]
)
def test_one_slip_leads_back_to_the_word(typed: str) -> None:
    assert "heater" in spellings(typed)


@pytest.mark.parametrize("exact", ["abc", "104503", "AB12", "übel"])
def test_short_words_and_numbers_mean_what_they_say(exact: str) -> None:
    assert spellings(exact) == (exact,)


def test_one_character_of_a_chinese_run_may_be_wrong() -> None:
    (run,) = meanings("热水气")
    assert run == ("'热水' & '水气'", "'水气'", "'热水'")
    assert meanings("热") == [("'热':*",)]


@given(st.text(max_size=30))
def test_whatever_is_typed_stays_within_its_quotes(query: str) -> None:
    for alternatives in meanings(query):
        for one in alternatives:
            assert one.replace("'", "").replace(" & ", "").replace(":*", "").isalnum()
