"""Deleting what is kept for a while only: idempotency keys, receipts, sessions, uploaded files,
exports and previews."""

from datetime import datetime, timedelta

from service_desk.database import fetch
from service_desk.rows import delete
from service_desk.tables import IdempotentRequest, LongJob

KEY_RETENTION = timedelta(days=1)
RECEIPT_RETENTION = timedelta(days=30)  # Twilio retries within hours
LONG_JOB_RETENTION = timedelta(days=1)
UPLOAD_RETENTION = timedelta(days=30)  # of an import that failed and can be retried

# A customer's text is kept: on a ticket or, if it is on none (STATUS, thanks), in its receipt.
DELETE_OLD_RECEIPTS = """
DELETE FROM inbound_receipt WHERE at < $1 AND (
    body = '' OR key NOT SIMILAR TO '(sms|whatsapp):%'
    OR EXISTS (SELECT FROM message WHERE provider_id = split_part(key, ':', 2)))
"""
DELETE_OLD_UPLOADS = """
UPDATE import_run SET content = NULL
WHERE state = 'failed' AND content IS NOT NULL AND finished_at < $1
"""
# By the database's clock, which sessions are made by: the demo's may be a year ahead.
DELETE_EXPIRED_SESSIONS = "DELETE FROM staff_session WHERE expires_at < now()"


async def delete_expired(now: datetime) -> None:
    """Delete answers that nobody can ask for again. What the requests did stays."""
    await delete(IdempotentRequest, IdempotentRequest.created_at < now - KEY_RETENTION)
    await delete(LongJob, LongJob.finished_at < now - LONG_JOB_RETENTION)
    await fetch(DELETE_OLD_RECEIPTS, now - RECEIPT_RETENTION)
    await fetch(DELETE_OLD_UPLOADS, now - UPLOAD_RETENTION)
    await fetch(DELETE_EXPIRED_SESSIONS)
