"""What somebody looks for, from what they typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.tickets.sought import read_sought


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        ("138 1234 0777", ("13812340777",)),
        ("+86 138-1234-0777", ("8613812340777",)),
        ("0086 13812340777", ("8613812340777",)),
        ("010-65529988转12", ("1065529988",)),
        ("0777", ("0777",)),
        ("boiler 2000", ()),
        ("call 13812340777 about 2000", ("13812340777",)),
        ("123", ()),
        ("", ()),
    ],
)
def test_a_phone_number_is_read_from_its_end(typed: str, ends: tuple[str, ...]) -> None:
    assert read_sought(typed).phone_ends == ends


@pytest.mark.parametrize(
    ("typed", "serial"),
    [("AB 12 cd-9", "AB12CD9"), ("S/N: ab12-cd9", "AB12CD9"), ("leaks", ""), ("A1", "")],
)
def test_a_serial_number_is_letters_and_digits(typed: str, serial: str) -> None:
    assert read_sought(typed).serial == serial


def test_a_ticket_number_may_be_marked_or_grouped() -> None:
    assert read_sought("工单100014").numbers == read_sought("100 014").numbers == ("100014",)


@given(st.text(max_size=50))
def test_anything_may_be_typed(typed: str) -> None:
    sought = read_sought(typed)
    assert all(end.isascii() and end.isdigit() for end in sought.phone_ends)
