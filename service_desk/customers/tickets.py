"""Tickets of a customer, as pages list them beside another ticket."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as


class RecentTicket(Struct, frozen=True):
    number: str
    subject: str
    state: str
    received_at: datetime


async def tickets_of_customer(customer: int, *, but: str = "", most: int = 5) -> list[RecentTicket]:
    """The newest of a customer's tickets, without the one at hand."""
    return await fetch_as(
        RecentTicket,
        "SELECT number, subject, state, received_at FROM ticket "
        "WHERE customer = $1 AND number <> $2 ORDER BY received_at DESC LIMIT $3",
        *(customer, but, most),
    )
