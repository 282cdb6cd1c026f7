"""When WhatsApp and Messenger let a business write: for 24 hours after the customer's last message.

Outside that session, WhatsApp rejects all but pre-approved templates (error 63016):
https://www.twilio.com/docs/whatsapp/key-concepts.
"""

from datetime import datetime, timedelta

SESSION = timedelta(hours=24)
MARGIN = timedelta(minutes=2)  # a message sent at the last moment would arrive too late


def session_end(last_message_at: datetime | None) -> datetime | None:
    """Until when we may write; None if the customer never wrote by WhatsApp."""
    return None if last_message_at is None else last_message_at + SESSION - MARGIN


def session_open(last_message_at: datetime | None, now: datetime) -> bool:
    end = session_end(last_message_at)
    return end is not None and now < end
