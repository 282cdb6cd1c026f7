"""The sweep that brings in what waits at the carrier: photos of MMS, recordings of calls.

Fetching is safe to repeat, so a worker killed in between only leaves a row that is due again when
its lease is over; the content goes under the row's own key, so that twice is once.
"""

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from msgspec import Struct

from service_desk.attachments import storage
from service_desk.attachments.media_client import Media, MediaClient, MediaRefused, MediaUnavailable
from service_desk.attachments.media_hosts import media_hosts
from service_desk.database import fetch_as, fetch_value
from service_desk.live.events import publish_changes
from service_desk.outbox.delivery import retry_delay
from service_desk.rules.messages.attachments import (
    IMAGES,
    RejectionReason,
    check_content,
    safe_file_name,
)
from service_desk.settings import get_settings

BATCH = 10
LEASE = timedelta(seconds=90)  # longer than fetching and storing may take
MAX_ATTEMPTS = 12  # about three hours
MAX_ATTEMPTS_IF_GONE = 5  # a recording may be asked for before it is ready

log = structlog.get_logger()


class DueMedia(Struct, frozen=True):
    """One that this worker has taken. `attempt`: counted from 1."""

    id: int
    name: str
    declared_type: str
    source_url: str
    storage_key: str
    attempt: int


async def fetch_due_media(now: datetime) -> int:
    """Fetch up to one batch of what is due. Returns how many: 0, nothing is due.

    Any number of workers may run this at once.
    """
    taken = await fetch_as(DueMedia, _CLAIM, now, now + LEASE, BATCH)
    if not taken:
        return 0
    async with MediaClient(media_hosts(get_settings())) as client:
        numbers = await asyncio.gather(*(_fetch_one(client, waiting, now) for waiting in taken))
    await publish_changes(*{number for number in numbers if number is not None})
    return len(taken)


async def _fetch_one(client: MediaClient, waiting: DueMedia, now: datetime) -> str | None:
    """Fetch one and write down what became of it. Returns the number of its ticket if it shows."""
    try:
        return await _fetch(client, waiting, now)
    except Exception:  # a fault of ours must not stop the others; it is due again
        log.exception("fetching failed", attachment=waiting.id)
        return None


async def _fetch(client: MediaClient, waiting: DueMedia, now: datetime) -> str | None:
    try:
        media = await client.get(waiting.source_url)
        judgement = check_content(media.content, waiting.declared_type or media.declared_type, "")
        if judgement.refused is not None or judgement.media_type is None:
            return await _refuse(waiting, judgement.refused or "forbidden_type", now)
        await storage.put(waiting.storage_key, media.content)
    except MediaRefused as refused:
        return await _refuse(waiting, refused.reason, now)
    except MediaUnavailable as failed:
        return await _retry_later(waiting, str(failed), now, gone=failed.gone)
    except storage.StorageError as error:
        return await _retry_later(waiting, repr(error), now)
    return await _store(waiting, media, judgement.media_type, now)


async def _store(waiting: DueMedia, media: Media, media_type: str, now: datetime) -> str | None:
    return await fetch_value(
        _STORE,
        waiting.id,
        waiting.attempt,
        now,
        media_type,
        len(media.content),
        sha256(media.content).hexdigest(),
        safe_file_name(waiting.name, media_type),
        "waiting" if media_type in IMAGES else "none",
    )


async def _refuse(waiting: DueMedia, reason: RejectionReason, now: datetime) -> str | None:
    return await fetch_value(_REFUSE, waiting.id, waiting.attempt, now, reason)


async def _retry_later(
    waiting: DueMedia, why: str, now: datetime, *, gone: bool = False
) -> str | None:
    log.warning("media not fetched", attachment=waiting.id, attempt=waiting.attempt, why=why)
    if waiting.attempt >= (MAX_ATTEMPTS_IF_GONE if gone else MAX_ATTEMPTS):
        return await _refuse(waiting, "gone" if gone else "unreachable", now)
    due = now + retry_delay(waiting.attempt)
    await fetch_value(_TRY_AGAIN, waiting.id, waiting.attempt, due)
    return None


_CLAIM = """
UPDATE attachment SET attempts = attempts + 1, next_attempt_at = $2
WHERE id IN (
    SELECT id FROM attachment WHERE state = 'waiting' AND next_attempt_at <= $1
    ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, name, declared_type, source_url, storage_key, attempts AS attempt
"""

# Whoever lost the lease to another worker writes nothing.
_OURS = "WHERE id = $1 AND attempts = $2 AND state = 'waiting'"
_NUMBER = """
RETURNING (SELECT t.number FROM message m JOIN ticket t ON t.id = m.ticket
           WHERE m.id = attachment.message)
"""

_STORE = f"""
UPDATE attachment SET state = 'stored', processed_at = $3, media_type = $4, size = $5, sha256 = $6,
    name = $7, thumbnail = $8::text, attempts = 0,
    next_attempt_at = CASE WHEN $8::text = 'waiting' THEN $3::timestamptz END
{_OURS} {_NUMBER}
"""

_REFUSE = f"""
UPDATE attachment SET state = 'refused', reason = $4, processed_at = $3, next_attempt_at = NULL
{_OURS} {_NUMBER}
"""

_TRY_AGAIN = f"UPDATE attachment SET next_attempt_at = $3 {_OURS}"
