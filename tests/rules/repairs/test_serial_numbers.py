import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.repairs.serial_numbers import canonical_serial


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" sn１２ 34-a", "SN1234-A"), ("SN\u200b1234", "SN1234"), ("ab\t12\n", "AB12"), (" ", "")],
)
def test_canonical_serial(typed: str, kept: str) -> None:
    assert canonical_serial(typed) == kept


@given(st.text(max_size=40))
def test_canonical_serial_is_idempotent(text: str) -> None:
    kept = canonical_serial(text)
    assert canonical_serial(kept) == kept
    assert not any(character.isspace() for character in kept)
