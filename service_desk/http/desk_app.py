"""The app as servers call it: what holds for every request, whatever its route."""

import re
import time
from functools import cached_property
from typing import Any

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.middleware.compression import CompressionMiddleware
from litestar.routes import HTTPRoute
from litestar.types import Message, Receive, Send

from service_desk.web.metrics import count_request

STREAM_PATHS = "/live/"  # endless
# Event streams would wait for a full buffer, and the others are compressed already.
UNCOMPRESSED = re.compile(f"^{STREAM_PATHS}|^/static/|/attachments/")
COMPRESSION = CompressionConfig(backend="gzip", gzip_compress_level=5, minimum_size=1000)
CLIENT_GONE = 499  # nginx's number for a client that hung up; nobody reads it but the metrics


class DeskApp(Litestar):
    """Litestar with HEAD for every GET, OPTIONS and 405 that name all methods of an address, and
    every answer counted, refusals too."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        started = time.perf_counter()
        status = CLIENT_GONE

        async def remember_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == 405:
                    allowed = ", ".join(self.methods_at(scope["path"]))
                    message["headers"] = [*message["headers"], (b"allow", allowed.encode())]
            await send(message)

        try:
            await self._answer(scope, receive, remember_status)
        finally:
            count_request(scope, status, time.perf_counter() - started)

    async def _answer(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS" and (methods := self.methods_at(scope["path"])):
            await _answer_options(methods, send)
            return
        plain = UNCOMPRESSED.search(scope["path"]) is not None
        answer = super().__call__ if plain else self._compressed
        if scope["method"] == "HEAD" and not scope["path"].startswith(STREAM_PATHS):
            scope["method"], send = "GET", _without_body(send)
        await answer(scope, receive, send)

    @cached_property
    def _compressed(self) -> CompressionMiddleware:
        """Around what keeps answers (rest/idempotent_posts.py), which are kept plain."""
        return CompressionMiddleware(super().__call__, COMPRESSION)

    def methods_at(self, path: str) -> list[str]:
        """What an address answers to, in order; nothing if there is none."""
        found: set[str] = set()
        for pattern, methods in self._addresses:
            if pattern.fullmatch(path.rstrip("/") or "/"):
                found |= methods
        return sorted(found)

    @cached_property
    def _addresses(self) -> list[tuple[re.Pattern[str], set[str]]]:
        return [
            (_pattern(route), {str(method) for method in route.methods} | _heads(route))
            for route in self.routes
            if isinstance(route, HTTPRoute)
        ]


def _heads(route: HTTPRoute) -> set[str]:
    return {"HEAD"} if "GET" in route.methods else set()


def _pattern(route: HTTPRoute) -> re.Pattern[str]:
    parts = [
        re.escape(part) if isinstance(part, str) else _of_type(part.type)
        for part in route.path_components
    ]
    return re.compile("/" + "/".join(parts))


def _of_type(kind: type) -> str:
    return r"-?\d+" if kind is int else "[^/]+"


async def _answer_options(methods: list[str], send: Send) -> None:
    headers = [(b"allow", ", ".join(methods).encode())]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_head
