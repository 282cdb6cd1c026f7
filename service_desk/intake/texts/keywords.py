"""Texts that are a command: STATUS, HELP, STOP, START (DESIGN §2.9). They go on no ticket."""

from service_desk.contacts.finding import NewCustomer, find_or_create_customer
from service_desk.contacts.opt_outs import mark_opted_in, mark_opted_out
from service_desk.intake.texts.incoming import AutoReply, TextContext, tracking_link
from service_desk.rules.tickets.joining import is_open
from service_desk.rules.tickets.numbers import is_valid_number
from service_desk.self_service.progress import describe_status, ticket_status
from service_desk.self_service.senders import SenderTicket
from service_desk.settings import get_settings

MAX_LISTED = 4  # numbers that fit into the answer


async def reply_to_status(talk: TextContext, number: str | None) -> AutoReply:
    """How a ticket stands: the one named, the one open, a list of them, or the last one."""
    if number is not None:
        if not is_valid_number(number):
            return talk.answer("status_mistyped", wrong=number)
        named = talk.sender and talk.sender.ticket(number)
        if named is None:
            return talk.answer("status_not_yours", wrong=number)
        return await _status(talk, named)
    tickets = list(talk.sender.tickets) if talk.sender is not None else []
    open_ones = [ticket for ticket in tickets if is_open(ticket.own)]
    if len(open_ones) > 1:
        numbers = ", ".join(ticket.own.number for ticket in open_ones[:MAX_LISTED])
        return talk.answer("status_many", count=len(open_ones), tickets=numbers)
    if open_ones or tickets:
        return await _status(talk, (open_ones or tickets)[0])
    return talk.answer("status_none")


def reply_to_help(talk: TextContext) -> AutoReply:
    link = f"{get_settings().public_url.rstrip('/')}/support"
    return talk.answer("help", compulsory=True, link=link)


async def opt_out(talk: TextContext) -> AutoReply:
    """No more SMS, also for somebody whom we did not know before."""
    await _mark_opted_out(talk)
    return talk.answer("stopped", compulsory=True)


async def opt_in(talk: TextContext) -> AutoReply:
    if talk.text.phone is not None:
        await mark_opted_in(talk.text.phone, now=talk.text.at)
    return talk.answer("started", compulsory=True)


async def _mark_opted_out(talk: TextContext) -> None:
    if talk.text.phone is None:
        return
    if talk.sender is None:
        new = NewCustomer(phone=talk.text.phone, locale=talk.locale)
        await find_or_create_customer(new, text=talk.text.body, now=talk.text.at)
    await mark_opted_out(talk.text.phone, now=talk.text.at)


async def _status(talk: TextContext, ticket: SenderTicket) -> AutoReply:
    standing = await ticket_status(ticket.id)
    return talk.answer(
        "status",
        ticket=ticket.id,
        number=ticket.own.number,
        state=describe_status(standing, talk.locale, talk.text.at),
        link=tracking_link(ticket.token),
    )
