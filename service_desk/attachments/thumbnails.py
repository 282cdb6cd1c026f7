"""The sweep that makes thumbnails of images, each in a process of its own."""

import asyncio
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from service_desk.attachments import storage
from service_desk.child_process import output_of
from service_desk.database import fetch_as, fetch_value
from service_desk.live.publishing import publish_changes

BATCH = 2  # small, as decoding is CPU-bound
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3  # then an image that kills its worker is given up on
TIMEOUT_SECONDS = 20
THUMBNAILER = "service_desk.attachments.thumbnailer"

_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM attachment WHERE thumbnail = 'pending' AND next_attempt_at <= $1
    ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
UPDATE attachment SET attempts = attempts + 1, next_attempt_at = $2
FROM due WHERE attachment.id = due.id
RETURNING attachment.id, storage_key, attempts AS attempt
"""

_RECORD = """
UPDATE attachment SET thumbnail = $3, next_attempt_at = NULL
WHERE id = $1 AND attempts = $2 AND thumbnail = 'pending'
RETURNING (SELECT t.number FROM message m JOIN ticket t ON t.id = m.ticket
           WHERE m.id = attachment.message)
"""

log = structlog.get_logger()


class DueThumbnail(Struct, frozen=True):
    id: int
    storage_key: str
    attempt: int


def thumbnail_key(storage_key: str) -> str:
    return f"{storage_key}.thumbnail"


async def make_due_thumbnails(now: datetime) -> int:
    """Make up to one batch. Returns how many were due. Any number of workers may run this."""
    claimed = await fetch_as(DueThumbnail, _CLAIM, now, now + LEASE, BATCH)
    numbers = await asyncio.gather(*(_make(due) for due in claimed))
    await publish_changes(*{number for number in numbers if number is not None})
    return len(claimed)


async def _make(due: DueThumbnail) -> str | None:
    """Make one and record the result. Returns the number of its ticket."""
    if due.attempt > MAX_ATTEMPTS:
        return await fetch_value(_RECORD, due.id, due.attempt, "failed")
    try:
        thumbnail = await thumbnail_of(await storage.read(due.storage_key))
        if thumbnail is not None:
            await storage.put(thumbnail_key(due.storage_key), thumbnail)
        state = "failed" if thumbnail is None else "ready"
        return await fetch_value(_RECORD, due.id, due.attempt, state)
    except Exception:  # a bug must not stop the others; this one is due again
        log.exception("thumbnail not made", attachment=due.id)
        return None


async def thumbnail_of(content: bytes) -> bytes | None:
    """A JPEG, or None for an image that is broken, too large or takes too long."""
    jpeg = await output_of(THUMBNAILER, given=content, seconds=TIMEOUT_SECONDS)
    return jpeg or None
