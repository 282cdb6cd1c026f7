"""Customers who text from a short code or a name, to which nobody can reply, or by Messenger, where
we can for a day (DESIGN §2.1)."""

from datetime import datetime

from service_desk.database import fetch
from service_desk.rows import update
from service_desk.tables import Customer

# Webhooks may arrive out of order: the latest message counts.
_RECORD = """
UPDATE customer SET handle_wrote_at = greatest(handle_wrote_at, $2) WHERE handle = $1
"""


async def set_handle(customer: int, handle: str) -> None:
    """Later texts from `handle` are this customer's. Lock the handle first (idempotency/): it is
    unique."""
    await update(Customer, {Customer.handle: handle}, id=customer)


async def record_handle_contact(handle: str, *, at: datetime) -> None:
    """For the customer with that handle, if there is one."""
    await fetch(_RECORD, handle, at)
