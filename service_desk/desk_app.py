"""What Litestar lacks: HEAD wherever there is GET, and errors documented as they are."""

from typing import Any

from litestar import Litestar, Request
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Message, Send

STREAMS = "/live/"  # these have no end, nor a head of any use

_TEXT = {"type": "string"}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). Values that the sentence names are members too.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": _TEXT | {"examples": ["urn:service-desk:problem:conflict"]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT | {"description": "For people, in English."},
        "instance": _TEXT | {"description": "The path that was called."},
        "field": _TEXT | {"description": "What did not fit: a parameter, or a dotted path."},
    },
}


class Desk(Litestar):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "HEAD"
            and not scope["path"].startswith(STREAMS)
        ):
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await super().__call__(scope, receive, send)


class OpenApi(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        described = describe_problems(openapi_schema)
        return self.render_json(request, described)  # pyright: ignore[reportUnknownMemberType]


def describe_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every 4xx answer as a problem document."""
    schema["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, answer in operation.get("responses", {}).items():
                if status.startswith("4"):
                    answer["content"] = content
    return schema


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_head
