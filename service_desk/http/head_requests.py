"""HEAD for every GET, which Litestar lacks."""

from typing import Any

from litestar import Litestar
from litestar.types import Message, Send

STREAM_PATHS = "/live/"  # endless


class DeskApp(Litestar):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "HEAD"
            and not scope["path"].startswith(STREAM_PATHS)
        ):
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await super().__call__(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_head
