"""Validation errors for people: which field does not fit, and what is allowed.

msgspec reports errors as English sentences. Parsed here, they can be translated, and the field
that is missing or unknown is known.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal, cast

import msgspec
from litestar.handlers import BaseRouteHandler
from msgspec import inspect as shapes

from service_desk.errors import InvalidInput
from service_desk.i18n.translate import N_
from service_desk.web.query_parameters import query_parameters

# The sentences of msgspec, and ours. {name}: the field that the sentence names.
_SENTENCES = [
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Object missing required field `(?P<name>.+)`", N_("missing required field `{name}`")),
        (r"Object contains unknown field `(?P<name>.+)`", N_("unknown field `{name}`")),
        (r"Invalid enum value '?(?P<value>.*?)'?", N_("“{value}” is not one of the choices")),
        (r"Expected `(?P<expected>.+)`, got `(?P<got>.+)`",
         N_("Expected `{expected}`, got `{got}`")),
        (r"Expected `.+` of length <= (?P<max>\d+)", N_("its length must be <= {max}")),
        (r"Expected `.+` of length >= (?P<min>\d+)", N_("its length must be >= {min}")),
        (r"Expected `.+` (?P<bound>[<>]=? \S+)", N_("it must be {bound}")),
        (r"Expected `str` matching regex '(?P<pattern>.*)'", N_("it must match {pattern}")),
        (r"Invalid RFC3339 encoded .*",
         N_("it must be a time like 2026-11-01T09:30:00+08:00, or a date like 2026-11-01")),
    )
]  # fmt: skip
_STEP = re.compile(r"(?:[^.\[]|\[[^\]]*\])+")  # as in policy.recipients[...][0]: two
_AT = re.compile(r" - at `\$\.?(?P<path>.*)`$")


class ValidationProblem(msgspec.Struct, frozen=True):
    """`field`: dotted path, or None for the input as a whole. `reason`: for people."""

    field: str | None
    reason: InvalidInput


def explain_validation_error(found: dict[str, str], handler: BaseRouteHandler) -> ValidationProblem:
    """One finding of Litestar's validation ({message, key?, source?})."""
    message, source = found.get("message", ""), found.get("source")
    key = found.get("key")
    if source != "body":
        known = query_parameters(handler).get(key or "")
        return _explain(message, [known.name if known else key or ""], known and known.shape)
    body = handler.parsed_fn_signature.parameters["data"].annotation
    if message == "'data'":  # Litestar's message for a missing body
        message = "Expected `object`, got `nothing`"
    return _explain(message, [] if key in (None, "data") else _STEP.findall(key), body, inside=True)


def explain_body(body: Any, handler: BaseRouteHandler) -> list[ValidationProblem]:
    """Everything wrong with the fields of a JSON object; msgspec stops at the first."""
    shape: Any = handler.parsed_fn_signature.parameters["data"].annotation
    if not isinstance(body, dict) or not _struct(_shape_of(shape)).fields:
        return []
    given = cast(dict[str, Any], body)
    fields = {field.encode_name: field for field in _struct(_shape_of(shape)).fields}
    types = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    found = [
        _explain(f"Object missing required field `{name}`", [], shape, inside=True)
        for name, field in fields.items()
        if field.required and name not in given
    ]
    for name, value in given.items():
        if name not in fields:
            found.append(
                _explain(f"Object contains unknown field `{name}`", [], shape, inside=True)
            )
            continue
        try:
            msgspec.convert(value, types[name])
        except msgspec.ValidationError as error:
            message, at = str(error), _AT.search(str(error))
            inner: list[str] = _STEP.findall(at["path"]) if at else []
            found.append(_explain(_AT.sub("", message), [name, *inner], shape, inside=True))
    return found


def explain_conversion_error(error: msgspec.ValidationError, shape: Any) -> ValidationProblem:
    """An error of converting to that shape."""
    message = str(error)
    at = _AT.search(message)
    path: list[str] = _STEP.findall(at["path"]) if at else []
    return _explain(_AT.sub("", message), path, shape, inside=True)


def _explain(
    message: str, path: list[str], shape: Any, *, inside: bool = False
) -> ValidationProblem:
    """`inside`: the path leads into the shape; otherwise it is the name of the parameter."""
    reason, named = _reworded(message)
    here = _shape_of(shape)
    for step in path if inside else ():
        here = _field(here, step)
    allowed = _allowed(here, named, message)
    if named is not None:
        path = [*path, named]
    if allowed:
        reason = InvalidInput(
            N_("{problem} (allowed: {allowed})"), problem=reason, allowed=", ".join(allowed)
        )
    if not path:
        return ValidationProblem(None, reason)
    where = ".".join(path).partition("[...]")[0]  # msgspec does not say which key it was
    return ValidationProblem(where, InvalidInput("{where}: {problem}", where=where, problem=reason))


def _reworded(message: str) -> tuple[InvalidInput, str | None]:
    """The sentence, and the field that it names."""
    for pattern, sentence in _SENTENCES:
        if found := pattern.fullmatch(message):
            return InvalidInput(sentence, **found.groupdict()), found.groupdict().get("name")
    return InvalidInput("{problem}", problem=message), None


def _allowed(here: Any, named: str | None, message: str) -> Sequence[str]:
    if named is not None and "missing" in message:
        return _values(_field(here, named))
    if named is not None or "Expected `object`" in message:
        return [field.encode_name for field in _struct(here).fields]
    return _values(here)


def _shape_of(annotation: Any) -> Any:
    try:
        return shapes.type_info(annotation)
    except TypeError:
        return shapes.AnyType()


def _field(shape: Any, step: str) -> Any:
    name, *brackets = step.split("[")
    for field in _struct(shape).fields:
        if field.encode_name == name:
            found: Any = field.type
            for bracket in brackets:
                found = _item(found, "value_type" if bracket == "...]" else "item_type")
            return found
    return shapes.AnyType()


def _item(shape: Any, kind: Literal["item_type", "value_type"]) -> Any:
    """Of a list, or of a mapping."""
    parts: tuple[Any, ...] = shape.types if isinstance(shape, shapes.UnionType) else (shape,)
    return next((getattr(part, kind) for part in parts if hasattr(part, kind)), shape)


def _struct(shape: Any) -> shapes.StructType:
    if isinstance(shape, shapes.UnionType):
        shape = next((t for t in shape.types if isinstance(t, shapes.StructType)), shape)
    if isinstance(shape, shapes.StructType):
        return shape
    return shapes.StructType(cls=msgspec.Struct, fields=())


def _values(shape: Any) -> list[str]:
    if isinstance(shape, shapes.UnionType):
        return [value for part in shape.types for value in _values(part)]
    if isinstance(shape, shapes.LiteralType):
        return [str(value) for value in shape.values]
    if isinstance(shape, shapes.BoolType):
        return ["true", "false"]
    return []
