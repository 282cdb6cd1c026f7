"""When a customer last wrote by WhatsApp, which decides whether we may write there."""

from datetime import datetime

from service_desk.database import fetch


async def record_whatsapp_contact(phone: str, *, at: datetime) -> None:
    """Whoever has that number (E.164), if anybody has."""
    await fetch(
        "UPDATE customer SET whatsapp_at = greatest(whatsapp_at, $2) WHERE phone = $1", phone, at
    )
