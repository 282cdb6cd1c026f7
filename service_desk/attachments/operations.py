"""Taking in what comes with a message: kept at once, or waiting until the worker has fetched it."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256

import structlog

from service_desk.attachments import storage
from service_desk.attachments.schemas import NewAttachment, Upload
from service_desk.database import fetch
from service_desk.jobs import wake
from service_desk.rules.messages.attachments import (
    IMAGES,
    MAX_FILES,
    RejectionReason,
    check_content,
    safe_file_name,
)

MAX_URL_LENGTH, MAX_TYPE_LENGTH = 2000, 100

log = structlog.get_logger()


async def attach(message: int, attachments: Sequence[NewAttachment], *, at: datetime) -> None:
    """Write them down with their message, in its transaction."""
    if not attachments:
        return
    await fetch(_ATTACH, message, list(attachments), at)
    if any(new.state == "pending" for new in attachments):
        wake("fetch_due_media", about=message)
    if any(new.thumbnail == "pending" for new in attachments):
        wake("make_due_thumbnails", about=message)


def pending_attachment(url: str, *, declared_type: str, name: str) -> NewAttachment:
    """One that the carrier keeps for us."""
    said = _printable(declared_type)[:MAX_TYPE_LENGTH]
    if len(url) > MAX_URL_LENGTH:
        return NewAttachment(safe_file_name(name, None), "rejected", said, reason="untrusted_host")
    return NewAttachment(
        safe_file_name(name, None), "pending", said, source_url=url, storage_key=storage.new_key()
    )


@asynccontextmanager
async def stored_uploads(uploads: Iterable[Upload]) -> AsyncGenerator[tuple[NewAttachment, ...]]:
    """Files of a form in storage, for the operation in the block to put on a message.

    What no message has taken by the end of the block is removed again: the form was refused, or
    had been sent before.
    """
    attachments = tuple([await _store(place, file) for place, file in enumerate(uploads)])
    try:
        yield attachments
    finally:
        await _remove_unused([new.storage_key for new in attachments if new.storage_key])


async def _store(place: int, upload: Upload) -> NewAttachment:
    """Store one file if it is of a kind that we take, else say why not."""
    said = _printable(upload.declared_type)[:MAX_TYPE_LENGTH]
    content = upload.read()
    judgement = check_content(content, upload.declared_type, upload.name)
    name = safe_file_name(upload.name, judgement.media_type)
    refused: RejectionReason | None = "too_many" if place >= MAX_FILES else judgement.refused
    if judgement.media_type is not None and refused is None:
        key = storage.new_key()
        try:
            await storage.put(key, content)
        except storage.StorageError:
            log.exception("an upload could not be kept")
            refused = "storage_failed"
        else:
            return NewAttachment(
                name,
                "stored",
                said,
                media_type=judgement.media_type,
                size=len(content),
                sha256=sha256(content).hexdigest(),
                storage_key=key,
                thumbnail="pending" if judgement.media_type in IMAGES else "none",
            )
    return NewAttachment(name, "rejected", said, reason=refused)


async def _remove_unused(keys: list[str]) -> None:
    if not keys:
        return
    rows = await fetch("SELECT storage_key FROM attachment WHERE storage_key = ANY($1)", keys)
    used = {row["storage_key"] for row in rows}
    try:
        await storage.remove([key for key in keys if key not in used])
    except storage.StorageError:
        log.exception("an upload that nobody wants could not be removed")


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


_ATTACH = """
INSERT INTO attachment (message, name, declared_type, media_type, size, sha256, storage_key,
    source_url, state, reason, thumbnail, attempts, next_attempt_at, received_at, processed_at)
SELECT $1, name, declared_type, media_type, size, sha256, storage_key, source_url, state, reason,
    thumbnail, 0, CASE WHEN 'pending' IN (state, thumbnail) THEN $3::timestamptz END, $3,
    CASE WHEN state <> 'pending' THEN $3::timestamptz END
FROM ROWS FROM (jsonb_to_recordset($2) AS (
        name text, declared_type text, media_type text, size int, sha256 text, storage_key text,
        source_url text, state text, reason text, thumbnail text
    )) WITH ORDINALITY AS a (name, declared_type, media_type, size, sha256, storage_key,
        source_url, state, reason, thumbnail, place)
ORDER BY place
"""
