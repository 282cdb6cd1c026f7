"""The channels by which staff can write to a ticket's customer, the best one first."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service_desk.rules.messages.vocabulary import MessageChannel
from service_desk.settings import get_settings
from service_desk.ticket_views.schemas import TicketView


class ReplyChannels(Struct, frozen=True):
    """`open`: channels with the contact they reach, the default first. `whatsapp_expired`: the
    customer's last message came from there, but its 24 hours are over. `messenger`: they write by
    Messenger and have no phone; texts reach them there, or do not because its 24 hours are over, or
    because this desk is not set up for it."""

    open: list[tuple[MessageChannel, str]]
    whatsapp_expired: bool
    messenger: Literal["open", "expired", "not_set_up"] | None = None


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
    messenger = None
    if customer.messenger and not customer.phone:
        messenger = _messenger(customer.messenger_until, now)
        if messenger == "open":
            channels.append(("sms", customer.messenger))
    if customer.email:
        channels.append(("email", customer.email))
    return ReplyChannels(channels, last_by_whatsapp and not whatsapp_open, messenger)


def _messenger(until: datetime | None, now: datetime) -> Literal["open", "expired", "not_set_up"]:
    if not get_settings().writes_to_messenger:
        return "not_set_up"
    return "open" if until is not None and now < until else "expired"
