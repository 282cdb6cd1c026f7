import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.contacts.phone_numbers import e164_prefixes, format_phone, to_e164
from service_desk.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        (" １３８００１３８０００ ", "CN", "+8613800138000"),
        ("+8613800138000", "US", "+8613800138000"),
        ("0086 138-0013-8000", "CN", "+8613800138000"),
        ("(010) 6552 9988", "CN", "+861065529988"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("+15551234567", "CN", "+15551234567"),
    ],
)
def test_to_e164(text: str, region: str, e164: str) -> None:
    assert to_e164(text, region) == e164
    assert to_e164(e164, region) == e164


@pytest.mark.parametrize(
    "text", ["", "abc", "12", "+", "1" * 30, "+8613800138000 ext. 5", "x" * 999]
)
def test_what_is_no_number_is_refused_with_advice(text: str) -> None:
    with pytest.raises(InvalidInput, match="country code") as refused:
        to_e164(text, "CN")
    assert refused.value.field == "phone"


def test_shown_as_people_write_it() -> None:
    assert format_phone("+8613800138000", "CN") == "138 0013 8000"
    assert format_phone("+8613800138000", "US") == "+86 138 0013 8000"
    assert format_phone("handset", "CN") == "handset"


@pytest.mark.parametrize(
    ("typed", "region", "beginnings"),
    [
        ("138", "CN", ()),
        ("1380", "CN", ("+861380",)),
        ("138 0-", "CN", ("+861380",)),
        ("１３８０", "CN", ("+861380",)),
        ("+86 138", "CN", ()),
        ("+86 1380", "US", ("+861380",)),
        ("0086 1380", "CN", ("+861380",)),
        ("021 6", "CN", ()),
        ("021 6543", "CN", ("+86216543",)),
        ("86 1380 0", "CN", ("+868613800", "+8613800")),
        ("1 212", "US", ()),
        ("1 212 55", "US", ("+121255",)),
        ("", "CN", ()),
        ("+", "CN", ()),
        ("abc", "CN", ()),
        ("0000000", "CN", ()),
    ],
)
def test_what_a_number_begins_with(typed: str, region: str, beginnings: tuple[str, ...]) -> None:
    assert e164_prefixes(typed, region) == beginnings


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.integers(4, 11))
def test_however_far_it_is_typed_it_is_the_beginning_of_the_number(
    number: str, so_far: int
) -> None:
    e164 = to_e164(number, "CN")
    assert any(e164.startswith(beginning) for beginning in e164_prefixes(number[:so_far], "CN"))


@given(st.text(max_size=60))
def test_whatever_is_typed(text: str) -> None:
    for beginning in e164_prefixes(text, "CN"):
        assert re.fullmatch(r"\+[0-9]{5,45}", beginning)
