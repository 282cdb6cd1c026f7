"""What is kept for a while only: idempotency keys, webhook receipts, sessions."""

from datetime import datetime, timedelta

from service_desk.database import fetch

KEYS_KEPT = timedelta(days=1)
RECEIPTS_KEPT = timedelta(days=30)  # Twilio retries within hours


async def forget_old_keys(now: datetime) -> None:
    """Forget answers nobody will ask for again. What they did stays, of course."""
    await fetch("DELETE FROM idempotent_request WHERE created_at < $1", now - KEYS_KEPT)
    await fetch("DELETE FROM webhook_receipt WHERE at < $1", now - RECEIPTS_KEPT)
    await fetch("DELETE FROM staff_session WHERE expires_at < $1", now)
