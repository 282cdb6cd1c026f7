import pytest

from service_desk.rules.messages.number_spellings import present_beginning, present_spelling


@pytest.mark.parametrize(
    ("said", "present"),
    [
        ("+5215598765432", "+525598765432"),
        ("+525598765432", "+525598765432"),
        ("+551187654321", "+5511987654321"),
        ("+5511987654321", "+5511987654321"),
        ("+551132654321", "+551132654321"),  # a landline
        ("+5491123456789", "+541123456789"),
        ("+5493512345678", "+543512345678"),
        ("+541123456789", "+541123456789"),
        ("+549115551234", "+549115551234"),  # a digit is missing
        ("+15215598765", "+15215598765"),
        ("+8613800138000", "+8613800138000"),
    ],
)
def test_one_number_has_one_spelling(said: str, present: str) -> None:
    assert present_spelling(said) == present


@pytest.mark.parametrize(
    ("said", "present"),
    [("+5491123", "+541123"), ("+549", "+549"), ("+52155", "+5255"), ("+86138", "+86138")],
)
def test_a_beginning_has_it_too(said: str, present: str) -> None:
    assert present_beginning(said) == present
