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
def test_anything_else_is_rejected_with_advice(text: str) -> None:
    with pytest.raises(InvalidInput, match="country code") as raised:
        to_e164(text, "CN")
    assert raised.value.field == "phone"


def test_formatted_as_written_in_the_region() -> None:
    assert format_phone("+8613800138000", "CN") == "138 0013 8000"
    assert format_phone("+8613800138000", "US") == "+86 138 0013 8000"
    assert format_phone("handset", "CN") == "handset"


@pytest.mark.parametrize(
    ("typed", "region", "prefixes"),
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
def test_prefixes(typed: str, region: str, prefixes: tuple[str, ...]) -> None:
    assert e164_prefixes(typed, region) == prefixes


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.integers(4, 11))
def test_a_partly_typed_number_gives_a_prefix_of_it(number: str, so_far: int) -> None:
    e164 = to_e164(number, "CN")
    assert any(e164.startswith(prefix) for prefix in e164_prefixes(number[:so_far], "CN"))


@given(st.text(max_size=60))
def test_any_text_gives_valid_prefixes(text: str) -> None:
    for prefix in e164_prefixes(text, "CN"):
        assert re.fullmatch(r"\+[0-9]{5,45}", prefix)
