"""The channels by which staff can write to a ticket's customer, the best one first."""

from datetime import datetime

from msgspec import Struct

from service_desk.rules.messages.vocabulary import MessageChannel
from service_desk.ticket_views.schemas import TicketView


class ReplyChannels(Struct, frozen=True):
    """`open`: channels with the contact they reach, the default first. `whatsapp_expired`: the
    customer's last message came from there, but its 24 hours are over."""

    open: list[tuple[MessageChannel, str]]
    whatsapp_expired: bool


def reply_channels(ticket: TicketView, now: datetime) -> ReplyChannels:
    customer = ticket.customer
    received = [message.channel for message in ticket.messages if message.direction == "in"]
    last_by_whatsapp = received[-1:] == ["whatsapp"]
    whatsapp_open = customer.whatsapp_until is not None and now < customer.whatsapp_until
    channels: list[tuple[MessageChannel, str]] = []
    if customer.phone:
        channels.append(("sms", customer.phone))
        if whatsapp_open:
            channels.insert(0 if last_by_whatsapp else 1, ("whatsapp", customer.phone))
    if customer.email:
        channels.append(("email", customer.email))
    return ReplyChannels(channels, whatsapp_expired=last_by_whatsapp and not whatsapp_open)
