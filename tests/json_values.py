"""Hypothesis strategies of JSON that is valid by a schema of ours."""

from collections.abc import Mapping
from datetime import UTC, timedelta, timezone
from typing import Any, cast

from hypothesis import strategies as st

Schema = Mapping[str, Any]
MAX_DEPTH = 6
MAX_ITEMS = 4
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3.5))])
# What JSON cannot say is left out, and NUL, which no field of a desk takes (docs/design.md §4).
TEXT = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def json_values(schema: Schema, components: Schema, depth: int = 0) -> st.SearchStrategy[Any]:
    """`components`: by name, what `$ref` refers to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return st.deferred(lambda: json_values(components[name], components, depth + 1))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            rest = {key: value for key, value in schema.items() if key != choice}
            return st.one_of(
                *(json_values({**rest, **one}, components, depth + 1) for one in schema[choice])
            )
    match schema.get("type"):
        case "object":
            return _objects(schema, components, depth)
        case "array":
            return _lists(schema, components, depth)
        case "string":
            return _strings(schema)
        case _:
            return _simple(schema)


def _simple(schema: Schema) -> st.SearchStrategy[Any]:
    match schema.get("type"):
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case other:
            raise ValueError(f"{other} in {schema}")


def _lists(schema: Schema, components: Schema, depth: int) -> st.SearchStrategy[list[Any]]:
    if "prefixItems" in schema:
        parts = [json_values(one, components, depth + 1) for one in schema["prefixItems"]]
        return st.tuples(*parts).map(list)
    most = min(schema.get("maxItems", MAX_ITEMS), MAX_ITEMS if depth < MAX_DEPTH else 0)
    item = json_values(schema["items"], components, depth + 1)
    return st.lists(item, min_size=schema.get("minItems", 0), max_size=most)


def _objects(schema: Schema, components: Schema, depth: int) -> st.SearchStrategy[Any]:
    fields = {
        name: json_values(one, components, depth + 1)
        for name, one in schema.get("properties", {}).items()
    }
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        keys = json_values(schema.get("propertyNames", {"type": "string"}), components)
        values = json_values(cast(Schema, more), components, depth + 1)
        return st.dictionaries(keys, values, max_size=MAX_ITEMS)
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: one for name, one in fields.items() if name in required},
        optional={name: one for name, one in fields.items() if name not in required},
    )


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        pattern: str = schema["pattern"]
        texts: st.SearchStrategy[str] = st.from_regex(pattern, fullmatch=True)
        return texts.filter(lambda text: "\0" not in text and len(text) >= shortest)
    match schema.get("format"):
        case "date-time":
            return st.datetimes(timezones=ZONES).map(lambda at: at.isoformat())
        case "date":
            return st.dates().map(lambda day: day.isoformat())
        case _:
            return st.text(TEXT, min_size=shortest, max_size=longest)
