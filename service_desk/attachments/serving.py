"""Serving files from strangers, so that no browser treats them as pages of ours."""

import re
from urllib.parse import quote

from litestar import Response

from service_desk.attachments import storage
from service_desk.attachments.schemas import StoredAttachment
from service_desk.attachments.thumbnails import thumbnail_key
from service_desk.errors import NotFound, Unavailable
from service_desk.rules.messages.attachments import IMAGES
from service_desk.web.access import AnyRequest

HEADERS = {
    # Browsers style a standalone image with inline styles.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",  # cached by the browser, revalidated with us
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


async def serve_attachment(
    request: AnyRequest, attachment: StoredAttachment | None, *, thumbnail: bool = False
) -> Response[bytes]:
    """The content, or the requested range of it. Raises NotFound, Unavailable."""
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
            "Attachments are unavailable at the moment. Please try again in a few seconds."
        ) from error
    if thumbnail:
        headers["Content-Disposition"] = "inline"
        return Response(content, media_type="image/jpeg", headers=headers)
    headers["Content-Disposition"] = _disposition(attachment)
    return _partial_response(request, content, attachment.media_type, headers)


def _partial_response(
    request: AnyRequest, content: bytes, media_type: str, headers: dict[str, str]
) -> Response[bytes]:
    """Audio and video players request one byte range at a time (RFC 9110 §14)."""
    requested = _RANGE.fullmatch(request.headers.get("range", ""))
    if requested is None or not any(requested.groups()):
        return Response(content, media_type=media_type, headers=headers)
    first, last = requested.groups()
    size = len(content)
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1 if first and last else size, size)
    if start >= end:
        headers = headers | {"Content-Range": f"bytes */{size}"}
        return Response(b"", status_code=416, media_type=media_type, headers=headers)
    headers = headers | {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return Response(content[start:end], status_code=206, media_type=media_type, headers=headers)


def _disposition(attachment: StoredAttachment) -> str:
    """Images are shown by the browser; everything else is downloaded under its name."""
    kind = "inline" if attachment.media_type in IMAGES else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(attachment.name, safe='')}"
