"""What is kept for a while only: idempotency keys, webhook receipts, sessions."""

from datetime import datetime, timedelta

from service_desk.database import fetch

KEY_RETENTION = timedelta(days=1)
RECEIPT_RETENTION = timedelta(days=30)  # Twilio retries within hours

# What a customer texted stays: on a ticket or, if it went on none (STATUS, thanks), here.
_DELETE_OLD_RECEIPTS = """
DELETE FROM inbound_receipt WHERE at < $1 AND (
    body = '' OR key NOT SIMILAR TO '(sms|whatsapp):%'
    OR EXISTS (SELECT FROM message WHERE provider_id = split_part(key, ':', 2)))
"""


async def delete_expired(now: datetime) -> None:
    """Forget answers nobody will ask for again. What they did stays, of course."""
    await fetch("DELETE FROM idempotent_request WHERE created_at < $1", now - KEY_RETENTION)
    await fetch(_DELETE_OLD_RECEIPTS, now - RECEIPT_RETENTION)
    await fetch("DELETE FROM staff_session WHERE expires_at < $1", now)
