"""What is allowed where an input did not fit: msgspec names the field, this adds the choices."""

import re
from typing import Any

import msgspec
from litestar.handlers import BaseRouteHandler
from msgspec import inspect as shapes

# `$.customer.phone` at the end of a message of msgspec's
_PATH = re.compile(r" - at `\$?\.?(.*)`$")


class Explained(msgspec.Struct, frozen=True):
    """`field`: dotted path, or None for the body as a whole."""

    field: str | None
    sentence: str


def explain(found: dict[str, str], handler: BaseRouteHandler) -> Explained:
    """One finding of Litestar's validation ({message, key?, source?}) as a sentence for people."""
    message = found.get("message", "")
    field = found.get("key")
    path = [] if field in (None, "data") else field.split(".")
    choices = _choices(handler, path, found.get("source"), message)
    sentence = message if not path else f"{'.'.join(path)}: {message}"
    if choices:
        sentence += f" (allowed: {', '.join(choices)})"
    return Explained(".".join(path) or None, sentence)


def _choices(
    handler: BaseRouteHandler, path: list[str], source: str | None, message: str
) -> list[str]:
    parameters = handler.parsed_fn_signature.parameters
    name, inside = ("data", path) if source == "body" else (path[0] if path else "data", path[1:])
    if name not in parameters:
        return []
    try:
        shape = shapes.type_info(parameters[name].annotation)
    except TypeError:
        return []
    for step in inside:
        shape = _field(shape, step)
    if "unknown field" in message:
        return [field.encode_name for field in _struct(shape).fields]
    return _values(shape)


def _field(shape: Any, step: str) -> Any:
    for field in _struct(shape).fields:
        if field.encode_name == step.partition("[")[0]:
            return field.type
    return shapes.AnyType()


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
    return []
