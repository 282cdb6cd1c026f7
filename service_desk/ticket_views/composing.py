"""Which ways there are to write to a ticket's customer, and which to offer first."""

from datetime import datetime

from msgspec import Struct

from service_desk.ticket_views.schemas import TicketView
from service_desk.tickets.answering import Via


class Ways(Struct, frozen=True):
    """`open`: via and contact, the one to take first; `whatsapp_over`: the customer wrote there
    last, but its 24 hours are over."""

    open: list[tuple[Via, str]]
    whatsapp_over: bool


def ways_to_write(ticket: TicketView, now: datetime) -> Ways:
    customer = ticket.customer
    received = [message.channel for message in ticket.messages if message.direction == "in"]
    by_whatsapp = received[-1:] == ["whatsapp"]
    may_whatsapp = customer.whatsapp_until is not None and now < customer.whatsapp_until
    ways: list[tuple[Via, str]] = []
    if customer.phone:
        ways.append(("sms", customer.phone))
        if may_whatsapp:
            ways.insert(0 if by_whatsapp else 1, ("whatsapp", customer.phone))
    if customer.email:
        ways.append(("email", customer.email))
    return Ways(ways, whatsapp_over=by_whatsapp and not may_whatsapp)
