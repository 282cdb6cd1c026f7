"""Customers who text from a short code or a name, to which nobody can reply (DESIGN §2.1)."""

from service_desk.rows import update
from service_desk.tables import Customer


async def set_handle(customer: int, handle: str) -> None:
    """Later texts from `handle` are this customer's. Lock the handle first (idempotency/): it is
    unique."""
    await update(Customer, {Customer.handle: handle}, id=customer)
