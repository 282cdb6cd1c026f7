"""Validation errors for people: which field does not fit, and what is allowed."""

from typing import Any, Literal

import msgspec
import pytest

from service_desk.errors import InvalidInput
from service_desk.web.templates import error_text
from service_desk.web.validation_messages import explain_conversion_error


class Option(msgspec.Struct):
    label: str
    price: int = 0


class Order(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["repair", "refund"]
    amount: int = 0
    urgent: bool = False
    note: str = ""
    options: list[Option] = []
    hours: dict[str, list[int]] = {}


def explained(given: Any) -> tuple[str | None, str, str]:
    """The field, and the sentence in English and in Chinese."""
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(given, Order)
    problem = explain_conversion_error(error.value, Order)
    assert isinstance(problem.reason, InvalidInput)
    return problem.field, error_text(problem.reason, "en"), error_text(problem.reason, "zh")


FAULTY: list[tuple[dict[str, Any], str, str]] = [
    ({}, "kind", "kind: missing required field `kind` (allowed: refund, repair)"),
    ({"kind": "theft"}, "kind",
     "kind: “theft” is not one of the choices (allowed: refund, repair)"),
    ({"kind": "repair", "urgent": "yes"}, "urgent",
     "urgent: Expected `bool`, got `str` (allowed: true, false)"),
    ({"kind": "repair", "options": [{}]}, "options[0].label",
     "options[0].label: missing required field `label`"),
    ({"kind": "repair", "options": [{"label": "a"}, {"label": "b", "price": "1"}]},
     "options[1].price", "options[1].price: Expected `int`, got `str`"),
    ({"kind": "repair", "hours": {"mon": [9, "10"]}}, "hours",
     "hours: Expected `int`, got `str`"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "field", "sentence"), FAULTY)
def test_the_field_and_what_is_allowed(given: Any, field: str, sentence: str) -> None:
    assert explained(given)[:2] == (field, sentence)


def test_an_unknown_field_is_told_those_there_are() -> None:
    field, sentence, _ = explained({"kind": "repair", "colour": "red"})
    assert field == "colour"
    assert sentence.endswith("(allowed: kind, amount, urgent, note, options, hours)")


def test_it_is_in_the_readers_language() -> None:
    assert "theft" in explained({"kind": "theft"})[2]
    assert "choices" not in explained({"kind": "theft"})[2]


def test_the_input_as_a_whole_has_no_field() -> None:
    assert explained([])[0] is None
