import pytest

from service_desk.customers.phone_numbers import shown, to_e164
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
    assert shown("+8613800138000", "CN") == "138 0013 8000"
    assert shown("+8613800138000", "US") == "+86 138 0013 8000"
    assert shown("handset", "CN") == "handset"
