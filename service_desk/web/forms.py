"""Reading forms, as people type them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from babel.numbers import get_currency_precision
from litestar import Request

from service_desk.errors import InvalidInput
from service_desk.rules.words.plain_text import normalize_text, strip_unstorable
from service_desk.web.access import StaffRequest
from service_desk.web.validation_messages import explain_conversion_error

T = TypeVar("T")
Form = Mapping[str, str]
CSRF_FIELD = "_csrf_token"
MAX_DIGITS = 12
# Digits, plain or in groups of three; no sign, no exponent.
_AMOUNT = re.compile(r"([0-9]{1,30}|[0-9]{1,3}([ ,][0-9]{3}){1,9})(\.[0-9]{1,9})?")


def parse_money(text: str, currency: str, *, field: str) -> int:
    """ "1,200.50" in minor units. Raises InvalidInput."""
    places = get_currency_precision(currency)
    written = _AMOUNT.fullmatch(normalize_text(text))
    amount = Decimal(re.sub("[ ,]", "", written[0])).scaleb(places) if written else None
    if amount is None or amount != amount.to_integral_value() or amount >= 10**MAX_DIGITS:
        raise InvalidInput(
            "“{text}” is not an amount. Write it as a number, like 1200 or 1200.50.",
            field=field,
            text=text[:40],
        )
    return int(amount)


def convert_form(
    shape: type[T], form: Mapping[str, Any], values_if_empty: Mapping[str, Any] | None = None
) -> T:
    """The fields of a form as a Struct. Raises InvalidInput.

    An empty field counts as absent, unless `values_if_empty` has a value for it.
    """
    values_if_empty = values_if_empty or {}
    fields = {field.encode_name for field in msgspec.structs.fields(shape)}  # type: ignore[arg-type] - a Struct, but no bound type says so
    given = {
        name: values_if_empty[name] if value == "" else value
        for name, value in form.items()
        if name in fields and (value != "" or name in values_if_empty)
    }
    return convert_input(given, shape, strict=False)


def convert_input(given: Mapping[str, Any], shape: type[T], *, strict: bool = True) -> T:
    """Values as a Struct. Raises InvalidInput, naming the field and what is allowed."""
    try:
        return msgspec.convert(given, shape, strict=strict)
    except msgspec.ValidationError as error:
        problem = explain_conversion_error(error, shape)
        raise InvalidInput(
            "The input does not fit: {reason}.", field=problem.field, reason=problem.reason
        ) from error


async def form_fields(request: Request[Any, Any, Any]) -> dict[str, list[str]]:
    """The text fields of a form, each with all its values."""
    fields: dict[str, list[str]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return fields


async def read_form(request: StaffRequest) -> Form:
    """The text fields of a form, as typed; the last value of a repeated field."""
    form = await request.form()
    return {
        name: strip_unstorable(value)
        for name, value in form.multi_items()
        if isinstance(value, str) and name != CSRF_FIELD
    }
