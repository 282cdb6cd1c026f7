"""When a customer last wrote by WhatsApp, which decides whether we may write to them there."""

from datetime import datetime

from service_desk.database import fetch

# Webhooks may arrive out of order: the latest message counts.
_RECORD = """
UPDATE customer SET last_whatsapp_at = greatest(last_whatsapp_at, $2),
    whatsapp_phone = nullif($3, phone)
WHERE phone = $1
"""


async def record_whatsapp_contact(phone: str, address: str, *, at: datetime) -> None:
    """For the customer with that number (E.164), if there is one. `address`: the number as WhatsApp
    spells it, under which alone it is reached there."""
    await fetch(_RECORD, phone, at, address)
