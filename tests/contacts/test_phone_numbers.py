import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.contacts.phone_numbers import (
    PhoneNumber,
    e164_prefixes,
    format_phone,
    kept_or_typed_phone,
    to_e164,
    typed_phone,
)
from service_desk.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "region", "e164", "extension"),
    [
        ("138 0013 8000", "CN", "+8613800138000", None),
        (" １３８００１３８０００ ", "CN", "+8613800138000", None),
        ("+8613800138000", "US", "+8613800138000", None),
        ("0086 138-0013-8000", "CN", "+8613800138000", None),
        ("\u202a+86 138 0013 8000\u202c", "CN", "+8613800138000", None),
        ("tel:+8613800138000;ext=5", "CN", "+8613800138000", "5"),
        ("(010) 6552 9988", "CN", "+861065529988", None),
        ("010-65529988转12", "CN", "+861065529988", "12"),
        ("（010）65529988 分机：12", "CN", "+861065529988", "12"),
        ("010-65529988 转分机 12", "CN", "+861065529988", "12"),
        ("010-65529988 Ext. 12", "CN", "+861065529988", "12"),
        ("010-65529988x12", "CN", "+861065529988", "12"),
        ("010-65529988#12", "CN", "+861065529988", "12"),
        ("400-812-3456", "CN", "+864008123456", None),
        ("(415) 555-2671", "US", "+14155552671", None),
        ("+44 (0)20 7946 0958", "CN", "+442079460958", None),
        ("+15551234567", "CN", "+15551234567", None),
        ("+52 1 55 9876 5432", "CN", "+525598765432", None),
        ("+55 11 8765-4321", "CN", "+5511987654321", None),
        ("11 8765-4321", "BR", "+5511987654321", None),
        ("+54 9 11 2345-6789", "CN", "+541123456789", None),
        ("011 15-2345-6789", "AR", "+541123456789", None),
    ],
)
def test_typed_numbers(text: str, region: str, e164: str, extension: str | None) -> None:
    number = typed_phone(text, region)
    assert number == PhoneNumber(e164, extension)
    assert typed_phone(str(number), region) == number
    assert to_e164(text, region) == e164


@pytest.mark.parametrize(
    "text",
    [
        *("", "abc", "12", "+", "1" * 30, "x" * 999, "无", "+1555", "95588"),
        *("1380000802", "138 0000 8O16", "12345", "13800138000.0", "1-800-FLOWERS"),
        *("13800138000,13900139000", "13800138000/13900139000", "13800138000 or 13900139000"),
        *("010-65529988转", "转12", "1.3800138E+10", "6552 9988", "+86 138 0013 800"),
    ],
)
def test_anything_else_is_refused_with_advice(text: str) -> None:
    with pytest.raises(InvalidInput, match="country code") as raised:
        typed_phone(text, "CN")
    assert raised.value.field == "phone"


@pytest.mark.parametrize("text", ["+1234", "+12345678901234567890", "abc", "138 0000 8O16"])
def test_what_cannot_be_read_cannot_be_looked_for(text: str) -> None:
    with pytest.raises(InvalidInput, match="country code"):
        to_e164(text, "CN")


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_sender_of_plus_and_digits_is_always_taken(number: str) -> None:
    taken = to_e164(number, "CN")
    assert re.fullmatch(r"\+[0-9]{5,19}", taken)
    assert to_e164(taken, "CN") == taken


def test_the_number_that_is_known_stays() -> None:
    sender = "+8612345"
    assert str(kept_or_typed_phone("+86 12345 ext. 7", "CN", sender)) == "+8612345 ext. 7"
    for known in (None, "+8612346"):
        with pytest.raises(InvalidInput):
            kept_or_typed_phone(sender, "CN", known)


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
        ("+54 9 11 2345", "CN", ("+549112345", "+54112345")),
        ("+54 9 11 2345 6789", "CN", ("+5491123456789", "+541123456789")),
        ("+52 1 55 98", "CN", ("+5215598", "+525598")),
        ("+55 11 8765 4321", "CN", ("+551187654321", "+5511987654321")),
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
