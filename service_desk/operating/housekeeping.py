"""Deleting what is kept for a while only: idempotency keys, receipts, sessions."""

from datetime import datetime, timedelta

from service_desk.database import fetch

KEY_RETENTION = timedelta(days=1)
RECEIPT_RETENTION = timedelta(days=30)  # Twilio retries within hours

# SQL, because rows.delete() would return the key of each row, and there may be a great many.
DELETE_OLD_KEYS = "DELETE FROM idempotent_request WHERE created_at < $1"
DELETE_OLD_SESSIONS = "DELETE FROM staff_session WHERE expires_at < $1"
# A customer's text is kept: on a ticket or, if it is on none (STATUS, thanks), in its receipt.
DELETE_OLD_RECEIPTS = """
DELETE FROM inbound_receipt WHERE at < $1 AND (
    body = '' OR key NOT SIMILAR TO '(sms|whatsapp):%'
    OR EXISTS (SELECT FROM message WHERE provider_id = split_part(key, ':', 2)))
"""


async def delete_expired(now: datetime) -> None:
    """Delete answers that nobody can ask for again. What the requests did stays."""
    await fetch(DELETE_OLD_KEYS, now - KEY_RETENTION)
    await fetch(DELETE_OLD_RECEIPTS, now - RECEIPT_RETENTION)
    await fetch(DELETE_OLD_SESSIONS, now)
