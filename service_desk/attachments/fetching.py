"""The sweep that fetches media from the carrier: photos of MMS, recordings of calls.

Fetching is safe to repeat: a worker killed in between leaves a row that is due again when its lease
expires, and the content is stored under the row's own key.
"""

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from msgspec import Struct

from service_desk.attachments import storage
from service_desk.attachments.media_client import (
    Media,
    MediaClient,
    MediaRejected,
    MediaUnavailable,
)
from service_desk.attachments.media_hosts import media_hosts
from service_desk.database import fetch_as, fetch_value, transaction
from service_desk.jobs import wake
from service_desk.live.publishing import publish_changes
from service_desk.outbox.delivery import retry_delay
from service_desk.rules.messages.attachments import (
    IMAGES,
    RejectionReason,
    check_content,
    safe_file_name,
)
from service_desk.settings import get_settings

BATCH = 10
LEASE = timedelta(seconds=90)  # longer than the timeouts of fetching and storing together
MAX_ATTEMPTS = 12  # about three hours
MAX_ATTEMPTS_IF_GONE = 5  # a recording may be requested before it is ready

_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM attachment WHERE state = 'pending' AND next_attempt_at <= $1
    ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
UPDATE attachment SET attempts = attempts + 1, next_attempt_at = $2
FROM due WHERE attachment.id = due.id
RETURNING attachment.id, name, declared_type, source_url, storage_key, attempts AS attempt
"""

# A worker that lost its lease to another one changes nothing.
_STILL_OURS = "WHERE id = $1 AND attempts = $2 AND state = 'pending'"
_TICKET_NUMBER = """
RETURNING (SELECT t.number FROM message m JOIN ticket t ON t.id = m.ticket
           WHERE m.id = attachment.message)
"""

_STORE = f"""
UPDATE attachment SET state = 'stored', processed_at = $3, media_type = $4, size = $5, sha256 = $6,
    name = $7, thumbnail = $8::text, attempts = 0,
    next_attempt_at = CASE WHEN $8::text = 'pending' THEN $3::timestamptz END
{_STILL_OURS} {_TICKET_NUMBER}
"""

_REJECT = f"""
UPDATE attachment SET state = 'rejected', reason = $4, processed_at = $3, next_attempt_at = NULL
{_STILL_OURS} {_TICKET_NUMBER}
"""

_RETRY = f"UPDATE attachment SET next_attempt_at = $3 {_STILL_OURS}"

log = structlog.get_logger()


class DueMedia(Struct, frozen=True):
    """An attachment claimed by this worker. `attempt`: counted from 1."""

    id: int
    name: str
    declared_type: str
    source_url: str
    storage_key: str
    attempt: int


async def fetch_due_media(now: datetime) -> int:
    """Fetch up to one batch of what is due. Returns how many; 0 if nothing is due.

    Any number of workers may run this at once.
    """
    claimed = await fetch_as(DueMedia, _CLAIM, now, now + LEASE, BATCH)
    if not claimed:
        return 0
    async with MediaClient(media_hosts(get_settings())) as client:
        numbers = await asyncio.gather(*(_fetch_one(client, due, now) for due in claimed))
    await publish_changes(*{number for number in numbers if number is not None})
    return len(claimed)


async def _fetch_one(client: MediaClient, due: DueMedia, now: datetime) -> str | None:
    """Fetch one and record the result. Returns the number of its ticket if that shows a change."""
    try:
        return await _fetch(client, due, now)
    except Exception:  # a bug must not stop the others; this one is due again after its lease
        log.exception("fetching failed", attachment=due.id)
        return None


async def _fetch(client: MediaClient, due: DueMedia, now: datetime) -> str | None:
    try:
        media = await client.get(due.source_url)
        check = check_content(media.content, due.declared_type or media.declared_type, "")
        if check.rejection is not None or check.media_type is None:
            return await _reject(due, check.rejection or "forbidden_type", now)
        await storage.put(due.storage_key, media.content)
    except MediaRejected as error:
        return await _reject(due, error.reason, now)
    except MediaUnavailable as error:
        return await _retry_later(due, str(error), now, gone=error.gone)
    except storage.StorageError as error:
        return await _retry_later(due, repr(error), now)
    return await _store(due, media, check.media_type, now)


async def _store(due: DueMedia, media: Media, media_type: str, now: datetime) -> str | None:
    thumbnail = "pending" if media_type in IMAGES else "none"
    async with transaction():
        number = await fetch_value(
            _STORE,
            due.id,
            due.attempt,
            now,
            media_type,
            len(media.content),
            sha256(media.content).hexdigest(),
            safe_file_name(due.name, media_type),
            thumbnail,
        )
        if thumbnail == "pending":
            wake("make_due_thumbnails", about=due.id)
    return number


async def _reject(due: DueMedia, reason: RejectionReason, now: datetime) -> str | None:
    return await fetch_value(_REJECT, due.id, due.attempt, now, reason)


async def _retry_later(due: DueMedia, why: str, now: datetime, *, gone: bool = False) -> str | None:
    log.warning("media not fetched", attachment=due.id, attempt=due.attempt, error=why)
    if due.attempt >= (MAX_ATTEMPTS_IF_GONE if gone else MAX_ATTEMPTS):
        return await _reject(due, "gone" if gone else "unreachable", now)
    await fetch_value(_RETRY, due.id, due.attempt, now + retry_delay(due.attempt))
    return None
