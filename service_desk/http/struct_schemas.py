"""The schemas of our Structs, by msgspec: exactly what it accepts and writes.

Litestar's own lose what is within unions and lists (lengths, limits, patterns, codes), a minimum of
0, and the type of a tuple's items; generated clients then have no types, or send what is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast, get_args, get_origin

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import BaseRoute

REF = "#/components/schemas/{name}"


def struct_schemas(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """By name, of all Structs that are sent to documented routes or answered by them."""
    sent, answered = set[Any](), set[Any]()
    for handler in _documented(routes):
        if handler.parsed_data_field is not None:
            sent |= {*_structs_in(handler.parsed_data_field.annotation)}
        answered |= {*_structs_in(handler.parsed_fn_signature.return_type.annotation)}
        for answer in (handler.responses or {}).values():
            answered |= {*_structs_in(cast(Any, answer).data_container)}
    shapes = sorted(sent | answered, key=str)
    _, components = msgspec.json.schema_components(shapes, ref_template=REF)
    optional = {
        shape.__name__
        for shape in (*_within(sent), *(one for one in _within(answered) if _omits_defaults(one)))
    }
    return {
        name: _for_generators(component if name in optional else _always_whole(component))
        for name, component in components.items()
    }


def use_struct_schemas(schema: dict[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """The document with these in place of Litestar's of the same Structs."""
    names = schema["components"]["schemas"]
    renamed = {name: plain for name in names if (plain := _plain_name(name)) in ours}
    copy = cast(dict[str, Any], _with_names(schema, renamed))  # Litestar keeps the original
    schemas = copy["components"]["schemas"]
    copy["components"]["schemas"] = {
        name: one for name, one in schemas.items() if name not in renamed
    } | dict(ours)
    return copy


def _documented(routes: Iterable[BaseRoute]) -> Iterator[HTTPRouteHandler]:
    for route in routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema():
                yield handler


def _structs_in(annotation: Any) -> Iterator[Any]:
    """`Response[Page[TicketSummary]]` has the Struct `Page[TicketSummary]` in it."""
    if _is_struct(annotation):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _structs_in(part)


def _within(shapes: Iterable[Any]) -> set[type[msgspec.Struct]]:
    """These Structs, and those in their fields."""
    found = set[type[msgspec.Struct]]()
    waiting = [*shapes]
    while waiting:
        shape = waiting.pop()
        cls = get_origin(shape) or shape
        waiting += _structs_in_parts(get_args(shape))
        if cls not in found:
            found.add(cls)
            waiting += _structs_in_parts(field.type for field in msgspec.structs.fields(cls))
    return found


def _structs_in_parts(parts: Iterable[Any]) -> list[Any]:
    return [struct for part in parts for struct in _structs_in(part)]


def _is_struct(annotation: Any) -> bool:
    shape = get_origin(annotation) or annotation
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def _omits_defaults(shape: type[msgspec.Struct]) -> bool:
    return shape.__struct_config__.omit_defaults


def _always_whole(component: dict[str, Any]) -> dict[str, Any]:
    """Of an answer: what has a default is there all the same."""
    fields: dict[str, Any] = component.get("properties", {})
    there = [name for name, field in fields.items() if "default" in field]
    if not there:
        return component
    return component | {"required": sorted({*component["required"], *there})}


def _for_generators(part: Any) -> Any:
    """The same, as generators of clients understand it: codes are strings, a tuple's `items: false`
    is said by its `maxItems`, and a default, which makes some of them require the field, is told in
    words."""
    if isinstance(part, list):
        return [_for_generators(one) for one in cast(list[Any], part)]
    if not isinstance(part, dict):
        return part
    found: dict[str, Any] = {
        # A field may be called `description`, so what is under `properties` is no schema itself.
        key: {name: _for_generators(field) for name, field in value.items()}
        if key == "properties"
        else _for_generators(value)
        for key, value in cast(dict[str, Any], part).items()
    }
    if all(isinstance(code, str) for code in found.get("enum", [None])):
        found["type"] = "string"
    if found.get("items") is False:
        del found["items"]
    words = [" ".join(str(found[key]).split()) for key in ("description",) if key in found]
    if "type" in found or "anyOf" in found or "$ref" in found:
        default = found.pop("default", None)
        words += [] if default in (None, "", [], {}) else [f"Left out: {default}."]
    return found | ({"description": " ".join(words)} if words else {})


def _plain_name(name: str) -> str:
    """`Page_service_desk.assets.schemas.AssetView_` is `Page_AssetView_` by msgspec."""
    return re.sub(r"^([A-Za-z]+_)(?:\w+\.)+", r"\1", name)


def _with_names(part: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(part, list):
        return [_with_names(one, renamed) for one in cast(list[Any], part)]
    if not isinstance(part, dict):
        return part
    found = {key: _with_names(value, renamed) for key, value in cast(dict[str, Any], part).items()}
    name = str(found.get("$ref", "")).rpartition("/")[2]
    return found | {"$ref": REF.format(name=renamed[name])} if name in renamed else found
