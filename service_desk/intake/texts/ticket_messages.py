"""Words of a customer's text: for a new ticket, for one they have, or to be called back."""

from collections.abc import Sequence

from service_desk.contacts.finding import NewCustomer
from service_desk.contacts.handles import set_handle
from service_desk.intake.texts.incoming import AutoReply, TextContext, tracking_link
from service_desk.intake.texts.intents import MessageIntent, choose_ticket_for, corrects_number
from service_desk.joining.moving import move_message_as
from service_desk.joining.operations import merge_as
from service_desk.opening.new_ticket import NewTicket, OpenedTicket
from service_desk.opening.operations import TicketOpening, open_tickets
from service_desk.rules.tickets.joining import TicketChoice, is_open
from service_desk.rules.tickets.numbers import FoundNumbers
from service_desk.rules.tickets.vocabulary import Kind
from service_desk.rules.words.customer_words import is_only_number
from service_desk.self_service.callbacks import request_callback
from service_desk.self_service.senders import SenderTicket, last_message
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.change import CUSTOMER, lock_tickets
from service_desk.tickets.conversation import receive_message
from service_desk.triage.safety_words import safety_words_in


async def open_tickets_from_texts(
    first: Sequence[tuple[TextContext, TicketChoice]],
) -> list[AutoReply]:
    """A ticket for each, opened together; what each is answered."""
    if not first:
        return []
    opened = await open_tickets(
        [
            _opening(talk, joining, render_text("subject_empty_text", talk.locale))
            for talk, joining in first
        ],
        now=max(talk.text.at for talk, _ in first),
    )
    for (talk, _), ticket in zip(first, opened, strict=True):
        if talk.sender is None and talk.text.handle is not None:
            await set_handle(ticket.customer, talk.text.handle)
    return [
        _acknowledgement(talk, ticket, joining)
        for (talk, joining), ticket in zip(first, opened, strict=True)
    ]


async def add_to_ticket(talk: TextContext, words: MessageIntent) -> AutoReply:
    """On the ticket that they belong to; or the number that was asked for, and what it is about."""
    return await _correct_number(talk, words) or await _add(talk, words)


async def receive_callback_request(talk: TextContext) -> AutoReply:
    """On the ticket that is meant, else on one that asks for nothing else."""
    joining = choose_ticket_for(talk, FoundNumbers())
    if joining.number is not None:
        ticket = _own_ticket(talk, joining.number)
        number, id_, token = ticket.own.number, ticket.id, ticket.token
        await request_callback(
            number,
            talk.text.phone,
            said=talk.text.body,
            channel=talk.text.channel,
            external_id=talk.text.sid,
            now=talk.text.at,
        )
    else:
        subject = render_text("subject_callback", talk.locale)
        (opened,) = await open_tickets(
            [_opening(talk, joining, subject, "enquiry")], now=talk.text.at
        )
        number, id_, token = opened.number, opened.id, opened.token
        await request_callback(number, talk.text.phone, now=talk.text.at)
    return talk.answer("callback", ticket=id_, number=number, link=tracking_link(token))


async def _correct_number(talk: TextContext, words: MessageIntent) -> AutoReply | None:
    """The right number, after we asked for it: what was said before goes to that ticket too."""
    if talk.sender is None or not is_only_number(talk.text.body):
        return None
    last = await last_message(talk.sender.customer)
    if last is None or not corrects_number(talk, words, last):
        return None
    ticket = _own_ticket(talk, words.joining.number)
    number, now = ticket.own.number, talk.text.at
    await lock_tickets(last.number, number)
    await _receive(talk, words)
    if last.opened:
        await merge_as(CUSTOMER, last.number, number, now=now)
    else:
        await move_message_as(CUSTOMER, last.number, last.message, number, now=now)
    link = tracking_link(ticket.token)
    return talk.answer("number_corrected", ticket=ticket.id, number=number, link=link)


async def _add(talk: TextContext, words: MessageIntent) -> AutoReply:
    joining = words.joining
    ticket = _own_ticket(talk, joining.number)
    state = await _receive(talk, words)
    name = await _confirmation(talk, ticket, words, state)
    wrong = joining.mistyped or joining.not_yours
    link = tracking_link(ticket.token)
    return talk.answer(name, ticket=ticket.id, number=ticket.own.number, wrong=wrong, link=link)


async def _receive(talk: TextContext, words: MessageIntent) -> str:
    return await receive_message(
        _own_ticket(talk, words.joining.number).own.number,
        talk.text.body,
        channel=talk.text.channel,
        external_id=talk.text.sid,
        attachments=talk.text.attachments,
        reopens=not words.thanks,
        now=talk.text.at,
    )


def _acknowledgement(talk: TextContext, opened: OpenedTicket, joining: TicketChoice) -> AutoReply:
    if opened.severity == "safety":
        name = "acknowledgement_safety"
    elif joining.mistyped or joining.not_yours:
        name = "number_mistyped" if joining.mistyped else "number_not_found"
    elif joining.follows:
        name = "acknowledgement_linked"
    elif not talk.text.body.strip() and not talk.text.attachments:
        name = "acknowledgement_empty"
    else:
        name = "acknowledgement"
    return talk.answer(
        name,
        ticket=opened.id,
        number=opened.number,
        earlier=joining.follows,
        wrong=joining.mistyped or joining.not_yours,
        link=tracking_link(opened.token),
    )


async def _confirmation(
    talk: TextContext, ticket: SenderTicket, words: MessageIntent, state: str
) -> str:
    joining = words.joining
    if ticket.severity != "safety" and await safety_words_in(talk.text.body):
        return "joined_safety"
    if joining.mistyped or joining.not_yours:
        return "number_mistyped" if joining.mistyped else "number_not_found"
    if words.thanks:
        return "thanks"
    return "reopened" if state == "open" and not is_open(ticket.own) else "joined"


def _opening(
    talk: TextContext, joining: TicketChoice, subject_if_empty: str, kind: Kind = "complaint"
) -> TicketOpening:
    words = talk.text.body if kind == "complaint" else ""
    name = talk.text.name or talk.text.handle or ""
    new = NewTicket(
        kind=kind,
        subject="" if words.strip() else subject_if_empty,
        description=talk.text.body,
        channel=talk.text.channel,
        customer=NewCustomer(name=name, phone=talk.text.phone, locale=talk.locale),
        message_id=talk.text.sid,
        attachments=talk.text.attachments,
        linked_to=joining.follows,
        by=talk.sender.customer if talk.sender is not None and talk.text.handle else None,
    )
    return TicketOpening(new, CUSTOMER, talk.text.at)


def _own_ticket(talk: TextContext, number: str | None) -> SenderTicket:
    ticket = talk.sender and number and talk.sender.ticket(number)
    if not ticket:
        raise LookupError(number)  # choose_ticket only names what it was given
    return ticket
