import pytest

from service_desk.rules.suppliers.names import clean_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Northern \t Pumps\n", "Northern Pumps"),
        ("华东\u3000电机", "华东 电机"),
        (" \u00a0 ", ""),
    ],
)
def test_clean_name(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept
