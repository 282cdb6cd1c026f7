"""Scripts, styles and pictures of the pages: compressed once, kept by browsers for a year.

Each address names the content (`static()` in templates), so what changes gets another address.
"""

import asyncio
import gzip
import mimetypes
from functools import cache, lru_cache
from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from service_desk.errors import NotFound
from service_desk.web.access import PUBLIC, AnyRequest

STATIC = Path(__file__).parent / "static"
CACHE_CONTROL = "public, max-age=31536000, immutable"
COMPRESSIBLE = {".css", ".js", ".svg", ".txt", ".json"}


class StaticFile(Struct, frozen=True):
    content: bytes
    compressed: bytes | None
    media_type: str


@get("/static/{path:path}", guards=[PUBLIC], include_in_schema=False)
async def show_static_file(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
    name = path.lstrip("/")
    if name not in known_files():
        raise NotFound("There is nothing at this address.")
    changed_at = (STATIC / name).stat().st_mtime_ns  # `make dev` shows an edit at once
    file = await asyncio.to_thread(load, name, changed_at)
    headers = {"Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
    content = file.content
    if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = file.compressed, headers | {"Content-Encoding": "gzip"}
    return Response(content, media_type=file.media_type, headers=headers)


@cache
def known_files() -> frozenset[str]:
    """By their paths below the folder: no other path leads anywhere."""
    files = (path for path in STATIC.rglob("*") if path.is_file())
    return frozenset(path.relative_to(STATIC).as_posix() for path in files if path.name[0] != ".")


@lru_cache(maxsize=100)
def load(name: str, changed_at: int) -> StaticFile:
    """`changed_at`: names the content that is kept."""
    content = (STATIC / name).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    compress = Path(name).suffix in COMPRESSIBLE
    return StaticFile(content, gzip.compress(content) if compress else None, kind)
