"""What all operations of the REST API share in the schema: error responses and headers."""

from typing import Any, cast

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from service_desk.http.struct_schemas import struct_schemas, use_struct_schemas

API_PATH = "/api/v1/"

_TEXT = {"type": "string"}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "An error (RFC 9457). The values in its sentence are members too.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": _TEXT | {"examples": ["urn:service-desk:problem:conflict"]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT | {"description": "For people, in English."},
        "instance": _TEXT | {"description": "The path that was called."},
        "field": _TEXT | {"description": "The invalid parameter, or the dotted path of a field."},
        "state": _TEXT | {"description": "Of a 409: the present state."},
        "errors": {
            "type": "array",
            "description": "Of a 400: every field that does not fit.",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": _TEXT, "reason": _TEXT},
            },
        },
    },
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated call with the same key is not made again: it gets the response "
    "of the first.",
    "schema": _TEXT | {"minLength": 1, "maxLength": 255},
}
ERROR_RESPONSES = {
    "400": "The input does not fit.",
    "401": "No token, or one that is not valid.",
    "403": "The token lacks the scope.",
    "503": "Not available at the moment: try again after Retry-After seconds.",
}
NOT_FOUND_RESPONSE = {"404": "It does not exist."}
UPLOAD_RESPONSES = {
    "413": "The upload is too large.",
    "422": "It can mean several things; the sentence names them.",
}
CONFLICT_RESPONSE = {
    "409": "In conflict with the present state, or the key was used for another call."
}


class OpenApiRenderer(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        exact = use_struct_schemas(openapi_schema, struct_schemas(request.app.routes))
        described = add_shared_responses(exact)
        return self.render_json(request, described)  # pyright: ignore[reportUnknownMemberType] - Litestar's is untyped


def add_shared_responses(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the error responses, and `Idempotency-Key` on every POST."""
    components = schema["components"]
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components.setdefault("parameters", {})["IdempotencyKey"] = IDEMPOTENCY_KEY
    for path, operations in schema["paths"].items():
        if path.startswith(API_PATH):
            for method, operation in operations.items():
                _describe(operation, method, path)
                _close(operation.get("requestBody"), components["schemas"])
    return schema


def _close(body: Any, schemas: dict[str, Any]) -> None:
    """Say of all objects in a body that they have no other fields: an unknown one is refused."""
    if isinstance(body, list):
        for part in cast(list[Any], body):
            _close(part, schemas)
    elif isinstance(body, dict):
        parts = cast(dict[str, Any], body)
        name = str(parts.get("$ref", "")).rpartition("/")[2]
        named = schemas.get(name, {})
        if "properties" in named and "additionalProperties" not in named:
            named["additionalProperties"] = False
            _close(named, schemas)
        for part in parts.values():
            _close(part, schemas)


def _describe(operation: dict[str, Any], method: str, path: str) -> None:
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] |= {
        status: {"description": description, "content": content}
        for status, description in _errors_of(operation, method, path).items()
    }
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    parameters = operation.setdefault("parameters", [])
    if method == "post" and key not in parameters:  # this runs for every request of the schema
        parameters.append(key)


def _errors_of(operation: dict[str, Any], method: str, path: str) -> dict[str, str]:
    errors = dict(ERROR_RESPONSES)
    if method != "get" or "{" in path:  # a body may name what there is not, too
        errors |= NOT_FOUND_RESPONSE
    if method != "get":
        errors |= CONFLICT_RESPONSE
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        errors |= UPLOAD_RESPONSES
    return errors
