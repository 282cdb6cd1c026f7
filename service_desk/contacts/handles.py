"""Customers who text from a short code or a name: nobody can write back to those (DESIGN §2.1)."""

from service_desk.database import fetch


async def set_handle(customer: int, handle: str) -> None:
    """What comes from there next is theirs. Take the sender's turn first: there is one of each."""
    await fetch("UPDATE customer SET handle = $2 WHERE id = $1", customer, handle)
