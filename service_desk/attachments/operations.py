"""Attachments of a message: stored at once, or pending until the worker has fetched them."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256

import structlog
from msgspec import Struct

from service_desk.attachments import storage
from service_desk.attachments.schemas import NewAttachment, Upload
from service_desk.database import fetch
from service_desk.jobs import wake
from service_desk.rows import is_in, list_rows
from service_desk.rules.messages.attachments import (
    IMAGES,
    MAX_FILES,
    RejectionReason,
    check_content,
    safe_file_name,
)
from service_desk.tables import Attachment

MAX_URL_LENGTH, MAX_TYPE_LENGTH = 2000, 100

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
        source_url, state, reason, thumbnail, position)
ORDER BY position
"""

log = structlog.get_logger()


class _StorageKey(Struct):
    storage_key: str


async def attach(message: int, attachments: Sequence[NewAttachment], *, at: datetime) -> None:
    """Add them to their message, in its transaction."""
    if not attachments:
        return
    await fetch(_ATTACH, message, list(attachments), at)
    if any(new.state == "pending" for new in attachments):
        wake("fetch_due_media", about=message)
    if any(new.thumbnail == "pending" for new in attachments):
        wake("make_due_thumbnails", about=message)


def pending_attachment(url: str, *, declared_type: str, name: str) -> NewAttachment:
    """An attachment to fetch from the carrier."""
    declared = _printable(declared_type)[:MAX_TYPE_LENGTH]
    if len(url) > MAX_URL_LENGTH:
        return NewAttachment(
            safe_file_name(name, None), "rejected", declared, reason="untrusted_host"
        )
    return NewAttachment(
        safe_file_name(name, None),
        "pending",
        declared,
        source_url=url,
        storage_key=storage.new_key(),
    )


@asynccontextmanager
async def stored_uploads(uploads: Iterable[Upload]) -> AsyncGenerator[tuple[NewAttachment, ...]]:
    """The files of a form, stored, for the operation in the block to attach to a message.

    Files that no message uses at the end of the block are removed: the form was rejected, or is a
    repetition.
    """
    attachments = tuple([await _store(position, file) for position, file in enumerate(uploads)])
    try:
        yield attachments
    finally:
        await _remove_unused([new.storage_key for new in attachments if new.storage_key])


async def _store(position: int, upload: Upload) -> NewAttachment:
    """Store one file, or reject it with the reason."""
    declared = _printable(upload.declared_type)[:MAX_TYPE_LENGTH]
    content = upload.read()
    check = check_content(content, upload.declared_type, upload.name)
    name = safe_file_name(upload.name, check.media_type)
    rejection: RejectionReason | None = "too_many" if position >= MAX_FILES else check.rejection
    if rejection is not None or check.media_type is None:
        return NewAttachment(name, "rejected", declared, reason=rejection)
    key = storage.new_key()
    try:
        await storage.put(key, content)
    except storage.StorageError:
        log.exception("an upload could not be stored")
        return NewAttachment(name, "rejected", declared, reason="storage_failed")
    return NewAttachment(
        name,
        "stored",
        declared,
        media_type=check.media_type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        storage_key=key,
        thumbnail="pending" if check.media_type in IMAGES else "none",
    )


async def _remove_unused(keys: list[str]) -> None:
    if not keys:
        return
    rows = await list_rows(_StorageKey, Attachment, is_in(Attachment.storage_key, keys))
    used = {row.storage_key for row in rows}
    try:
        await storage.remove([key for key in keys if key not in used])
    except storage.StorageError:
        log.exception("an unused upload could not be removed")


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())
