"""The carrier's side of media: an HTTP server on a real socket, and pictures to serve."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

from aiohttp import web
from msgspec import Struct, field
from PIL import Image

from service_desk.attachments.media_hosts import basic_auth

ACCOUNT, TOKEN = "AC1", "secret"
AUTHORIZED = basic_auth(ACCOUNT, TOKEN)


class Served(Struct):
    """A response. `drip`: seconds between its chunks, which then have no Content-Length."""

    content: bytes = b""
    content_type: str = "image/jpeg"
    status: int = 200
    location: str = ""
    seconds: float = 0
    drip: float | None = None
    hangs_up: bool = False
    encoding: str = "identity"


class MediaServer(Struct):
    """`requests`: path and Authorization of each. `bytes_sent`: of all responses together."""

    url: str = ""
    files: dict[str, Served] = field(default_factory=dict[str, Served])
    requests: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    bytes_sent: int = 0
    requested: asyncio.Event = field(default_factory=asyncio.Event)

    def serve(self, path: str, **served: Any) -> str:
        """Respond like this at that path. Returns the URL."""
        self.files[path] = Served(**served)
        return f"{self.url}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, request.headers.get("Authorization")))
        self.requested.set()
        served = self.files.get(request.path, Served(status=404))
        await asyncio.sleep(served.seconds)
        if served.hangs_up:
            assert request.transport is not None
            request.transport.abort()
        if served.location:
            return web.Response(status=307, headers={"Location": served.location})
        if served.drip is not None:
            return await self._drip(request, served)
        self.bytes_sent += len(served.content)
        return web.Response(
            status=served.status,
            body=served.content,
            content_type=served.content_type,
            headers={"Content-Encoding": served.encoding},
        )

    async def _drip(self, request: web.Request, served: Served) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": served.content_type})
        await response.prepare(request)
        for start in range(0, len(served.content), 65536):
            await response.write(served.content[start : start + 65536])
            self.bytes_sent += 65536
            await asyncio.sleep(served.drip or 0)
        return response


@asynccontextmanager
async def media_server() -> AsyncGenerator[MediaServer]:
    server = MediaServer()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """An image: the left half red, the right half blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()
