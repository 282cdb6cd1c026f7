from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from service_desk.errors import InvalidInput
from service_desk.web.forms import convert_form, parse_money


class Form(Struct):
    name: str | UnsetType = UNSET
    on: date | UnsetType | None = UNSET
    count: int = 1


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1200", 120_000), ("1,200.50", 120_050), ("１２００．５", 120_050), (" 0 ", 0), ("0.01", 1)],
)
def test_money(text: str, minor: int) -> None:
    assert parse_money(text, "CNY", field="amount") == minor


@given(st.integers(0, 10**11))
def test_money_written_out_is_read_back(minor: int) -> None:
    assert parse_money(f"{minor // 100:,}.{minor % 100:02}", "CNY", field="amount") == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "1.005", "1e99", "1e5", "1E2", "1_0", "1,2", "NaN", "inf", "9" * 30]
)
def test_an_invalid_amount_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not an amount") as raised:
        parse_money(text, "CNY", field="amount")
    assert raised.value.field == "amount"


def test_a_form_as_a_struct() -> None:
    form = {"name": "Li", "on": "2026-10-15", "count": "3", "other": "x"}
    assert convert_form(Form, form) == Form("Li", date(2026, 10, 15), 3)
    assert convert_form(Form, {"name": "", "on": "", "count": ""}) == Form()
    assert convert_form(Form, {"name": "", "on": ""}, {"on": None}) == Form(UNSET, None)
    with pytest.raises(InvalidInput) as raised:
        convert_form(Form, {"count": "many"})
    assert raised.value.field == "count"
