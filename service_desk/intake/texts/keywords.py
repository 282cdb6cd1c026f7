"""Replies to keywords: STATUS, HELP, STOP, START (DESIGN §2.9). They are not put on a ticket."""

from service_desk.contacts.finding import NetworkSender, find_or_create_customer
from service_desk.contacts.opt_outs import mark_opted_in, mark_opted_out
from service_desk.intake.texts.incoming import AutoReply, IncomingText, auto_reply, tracking_link
from service_desk.rules.tickets.choice import is_open
from service_desk.rules.tickets.numbers import is_valid_number
from service_desk.self_service.progress import describe_status, ticket_status
from service_desk.self_service.senders import Sender, SenderTicket
from service_desk.settings import get_settings

MAX_LISTED = 4  # ticket numbers that fit into a reply


async def reply_to_status(text: IncomingText, sender: Sender, number: str | None) -> AutoReply:
    """The status of the ticket named, else of the only open one, else a list of the open ones, else
    the status of the newest."""
    if number is not None:
        if not is_valid_number(number):
            return auto_reply(sender, "status_mistyped", wrong=number)
        ticket = sender.ticket(number)
        if ticket is None:
            return auto_reply(sender, "status_not_yours", wrong=number)
        return await _status(text, sender, ticket)
    still_open = [ticket for ticket in sender.tickets if is_open(ticket)]
    if len(still_open) > 1:
        numbers = ", ".join(ticket.number for ticket in still_open[:MAX_LISTED])
        return auto_reply(sender, "status_many", count=len(still_open), tickets=numbers)
    if sender.tickets:
        return await _status(text, sender, (still_open or sender.tickets)[0])
    return auto_reply(sender, "status_none")


def reply_to_help(sender: Sender) -> AutoReply:
    link = f"{get_settings().public_url.rstrip('/')}/support"
    return auto_reply(sender, "help", compulsory=True, link=link)


async def opt_out(text: IncomingText, sender: Sender) -> AutoReply:
    """An unknown sender becomes a customer, so that the opt-out is remembered."""
    if text.phone is not None and sender.customer is None:
        new = NetworkSender(phone=text.phone, locale=sender.locale)
        await find_or_create_customer(new, body=text.body, now=text.received_at)
    if text.answerable:
        await mark_opted_out(text.contact, now=text.received_at)
    return auto_reply(sender, "opted_out", compulsory=True)


async def opt_in(text: IncomingText, sender: Sender) -> AutoReply:
    if text.answerable:
        await mark_opted_in(text.contact, now=text.received_at)
    return auto_reply(sender, "opted_in", compulsory=True)


async def _status(text: IncomingText, sender: Sender, ticket: SenderTicket) -> AutoReply:
    status = await ticket_status(ticket.id)
    return auto_reply(
        sender,
        "status",
        ticket=ticket.id,
        number=ticket.number,
        state=describe_status(status, sender.locale, text.received_at),
        link=tracking_link(ticket.token),
    )
