"""When a business may write by WhatsApp: for 24 hours after the customer's last message there.

https://www.twilio.com/docs/whatsapp/key-concepts: outside that session only templates approved in
advance may be sent, and everything else is refused (error 63016).
"""

from datetime import datetime, timedelta

SESSION = timedelta(hours=24)
MARGIN = timedelta(minutes=2)  # what we begin to send at the last moment would come too late


def session_end(wrote_at: datetime | None) -> datetime | None:
    """Until when we may write, as far as we know; None for who never wrote there."""
    return None if wrote_at is None else wrote_at + SESSION - MARGIN


def session_open(wrote_at: datetime | None, now: datetime) -> bool:
    end = session_end(wrote_at)
    return end is not None and now < end
