"""Which ways there are to write to a ticket's customer, and which to offer first."""

from datetime import datetime

from msgspec import Struct

from service_desk.rules.messages.vocabulary import MessageChannel
from service_desk.ticket_views.schemas import TicketView


class ReplyChannels(Struct, frozen=True):
    """`open`: via and contact, the one to take first; `whatsapp_expired`: the customer wrote there
    last, but its 24 hours are over."""

    open: list[tuple[MessageChannel, str]]
    whatsapp_expired: bool


def reply_channels(ticket: TicketView, now: datetime) -> ReplyChannels:
    customer = ticket.customer
    received = [message.channel for message in ticket.messages if message.direction == "in"]
    by_whatsapp = received[-1:] == ["whatsapp"]
    may_whatsapp = customer.whatsapp_until is not None and now < customer.whatsapp_until
    ways: list[tuple[MessageChannel, str]] = []
    if customer.phone:
        ways.append(("sms", customer.phone))
        if may_whatsapp:
            ways.insert(0 if by_whatsapp else 1, ("whatsapp", customer.phone))
    if customer.email:
        ways.append(("email", customer.email))
    return ReplyChannels(ways, whatsapp_expired=by_whatsapp and not may_whatsapp)
