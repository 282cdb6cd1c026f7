"""Handing out what strangers sent, so that no browser takes it for a page of ours."""

import re
from typing import Any
from urllib.parse import quote

from litestar import Request, Response

from service_desk.attachments import storage
from service_desk.attachments.schemas import StoredAttachment
from service_desk.attachments.thumbnails import thumbnail_key
from service_desk.errors import NotFound, Unavailable
from service_desk.rules.messages.attachments import IMAGES

AnyRequest = Request[Any, Any, Any]

HEADERS = {
    # Styles are what browsers themselves put around a picture opened alone.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",  # kept by the browser, shown after asking us
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


async def serve_attachment(
    request: AnyRequest, attachment: StoredAttachment | None, *, thumbnail: bool = False
) -> Response[bytes]:
    """The content, or a part that was asked for. Raises NotFound."""
    if attachment is None or (thumbnail and not attachment.thumbnail):
        raise NotFound("There is no such attachment.")
    tag = f'"{attachment.sha256[:32]}{"-small" if thumbnail else ""}"'
    headers = HEADERS | {"ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    key = attachment.storage_key
    try:
        content = await storage.read(thumbnail_key(key) if thumbnail else key)
    except FileNotFoundError as error:
        raise NotFound("There is no such attachment.") from error
    except storage.StorageError as error:
        raise Unavailable(
            "Attachments cannot be reached at the moment. Please try again in a few seconds."
        ) from error
    if thumbnail:
        headers["Content-Disposition"] = "inline"
        return Response(content, media_type="image/jpeg", headers=headers)
    headers["Content-Disposition"] = _disposition(attachment)
    return _partial_response(request, content, attachment.media_type, headers)


def _partial_response(
    request: AnyRequest, content: bytes, media_type: str, headers: dict[str, str]
) -> Response[bytes]:
    """Players of sound and films ask for one range of bytes at a time (RFC 9110, 14)."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or not any(asked.groups()):
        return Response(content, media_type=media_type, headers=headers)
    first, last = asked.groups()
    whole = len(content)
    start = int(first) if first else max(0, whole - int(last))
    end = min(int(last) + 1 if first and last else whole, whole)
    if start >= end:
        headers = headers | {"Content-Range": f"bytes */{whole}"}
        return Response(b"", status_code=416, media_type=media_type, headers=headers)
    headers = headers | {"Content-Range": f"bytes {start}-{end - 1}/{whole}"}
    return Response(content[start:end], status_code=206, media_type=media_type, headers=headers)


def _disposition(attachment: StoredAttachment) -> str:
    """Only pictures are shown by the browser; everything else is saved under its name."""
    kind = "inline" if attachment.media_type in IMAGES else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(attachment.name, safe='')}"
