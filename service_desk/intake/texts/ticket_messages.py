"""Texts about a ticket: they open one, join one, rate one, or ask for a call about one."""

from collections.abc import Sequence

from service_desk.contacts.finding import NetworkSender
from service_desk.contacts.handles import set_handle
from service_desk.intake.texts.incoming import AutoReply, IncomingText, auto_reply, tracking_link
from service_desk.intake.texts.intents import MessageIntent, RatingIntent, corrects_number
from service_desk.linking.message_moves import move_message_as
from service_desk.linking.operations import merge_as
from service_desk.opening.new_ticket import NewTicket, OpenedTicket
from service_desk.opening.operations import open_tickets
from service_desk.principal import CUSTOMER
from service_desk.rules.tickets.choice import TicketChoice, choose_ticket, is_open
from service_desk.rules.tickets.numbers import FoundNumbers
from service_desk.rules.tickets.vocabulary import Kind
from service_desk.rules.words.customer_words import is_only_number
from service_desk.rules.words.plain_text import is_blank
from service_desk.self_service.callbacks import request_callback
from service_desk.self_service.rating import LOW_SCORE, rate
from service_desk.self_service.senders import Sender, SenderTicket, last_message
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.change import lock_tickets
from service_desk.tickets.conversation import receive_message
from service_desk.triage.safety_words import safety_words_in


async def open_tickets_from_texts(
    texts: Sequence[tuple[IncomingText, Sender, MessageIntent]],
) -> list[AutoReply]:
    """A ticket for each text, all opened together; the reply to each."""
    if not texts:
        return []
    new = [_new_ticket(text, sender, intent.choice) for text, sender, intent in texts]
    opened = await open_tickets(new, now=max(text.received_at for text, *_ in texts))
    replies: list[AutoReply] = []
    for (text, sender, intent), ticket in zip(texts, opened, strict=True):
        if sender.customer is None and text.handle is not None:
            await set_handle(ticket.customer, text.handle)
        replies.append(_acknowledge(text, sender, intent, ticket))
    return replies


async def add_to_ticket(text: IncomingText, sender: Sender, intent: MessageIntent) -> AutoReply:
    """Put the text on the chosen ticket. If it corrects a ticket number we asked about, the text
    before it goes there too."""
    if corrected := await _correct_number(text, sender, intent):
        return corrected
    ticket, choice = _chosen(sender, intent), intent.choice
    state = await _receive(text, ticket, intent)
    return auto_reply(
        sender,
        await _confirmation(text, ticket, intent, state),
        ticket=ticket.id,
        number=ticket.number,
        wrong=choice.mistyped or choice.unmatched,
        link=tracking_link(ticket.token),
    )


async def record_rating(text: IncomingText, sender: Sender, intent: RatingIntent) -> AutoReply:
    ticket, score = intent.ticket, intent.score
    await rate(
        ticket.number, score, body=text.body, channel=text.channel, provider_id=text.provider_id,
        now=text.received_at,
    )  # fmt: skip
    name = "rating_sorry" if score <= LOW_SCORE else "rating_thanks"
    return auto_reply(sender, name, ticket=ticket.id, number=ticket.number, score=score)


async def receive_callback_request(text: IncomingText, sender: Sender) -> AutoReply:
    """On the sender's ticket, else on a new enquiry."""
    choice = choose_ticket(sender.tickets, FoundNumbers(), text.received_at)
    ticket = sender.ticket(choice.number) if choice.number is not None else None
    if ticket is not None:
        await request_callback(
            ticket.number, text.phone, body=text.body, channel=text.channel,
            provider_id=text.provider_id, now=text.received_at,
        )  # fmt: skip
    else:
        subject = render_text("subject_callback", sender.locale)
        new = _new_ticket(text, sender, choice, subject=subject, kind="enquiry")
        (ticket,) = await open_tickets([new], now=text.received_at)
        await request_callback(ticket.number, text.phone, now=text.received_at)
    link = tracking_link(ticket.token)
    return auto_reply(sender, "callback", ticket=ticket.id, number=ticket.number, link=link)


async def _correct_number(
    text: IncomingText, sender: Sender, intent: MessageIntent
) -> AutoReply | None:
    if sender.customer is None or not is_only_number(text.body):
        return None
    last = await last_message(sender.customer)
    if last is None or not corrects_number(text, sender, intent, last):
        return None
    ticket, now = _chosen(sender, intent), text.received_at
    await lock_tickets(last.number, ticket.number)
    await _receive(text, ticket, intent)
    if last.opened_ticket:
        await merge_as(CUSTOMER, last.number, ticket.number, now=now)
    else:
        await move_message_as(CUSTOMER, last.number, last.message, ticket.number, now=now)
    link = tracking_link(ticket.token)
    return auto_reply(sender, "number_corrected", ticket=ticket.id, number=ticket.number, link=link)


async def _receive(text: IncomingText, ticket: SenderTicket, intent: MessageIntent) -> str:
    """Returns the ticket's state afterwards."""
    return await receive_message(
        ticket.number,
        text.body,
        channel=text.channel,
        provider_id=text.provider_id,
        attachments=text.attachments,
        reopens=not intent.only_thanks,
        now=text.received_at,
    )


def _acknowledge(
    text: IncomingText, sender: Sender, intent: MessageIntent, ticket: OpenedTicket
) -> AutoReply:
    choice = intent.choice
    if ticket.severity == "safety":
        name = "acknowledgement_safety"
    elif choice.mistyped or choice.unmatched:
        name = "number_mistyped" if choice.mistyped else "number_not_found"
    elif choice.follow_up_of:
        name = "acknowledgement_linked"
    elif is_blank(text.body) and not text.attachments:
        name = "acknowledgement_empty"
    else:
        name = "acknowledgement"
    return auto_reply(
        sender,
        name,
        ticket=ticket.id,
        number=ticket.number,
        earlier=choice.follow_up_of,
        wrong=choice.mistyped or choice.unmatched,
        link=tracking_link(ticket.token),
    )


async def _confirmation(
    text: IncomingText, ticket: SenderTicket, intent: MessageIntent, state: str
) -> str:
    """The name of the reply to a text on a ticket, which is now in `state`."""
    choice = intent.choice
    if ticket.severity != "safety" and await safety_words_in(text.body):
        return "joined_safety"
    if choice.mistyped or choice.unmatched:
        return "number_mistyped" if choice.mistyped else "number_not_found"
    if intent.no_score:
        return "rating_again"
    if intent.only_thanks:
        return "thanks"
    return "reopened" if state == "open" and not is_open(ticket) else "joined"


def _new_ticket(
    text: IncomingText,
    sender: Sender,
    choice: TicketChoice,
    *,
    kind: Kind = "complaint",
    subject: str = "",
) -> NewTicket:
    if not subject and is_blank(text.body):
        subject = render_text("subject_empty_text", sender.locale)
    return NewTicket(
        kind=kind,
        subject=subject,
        body=text.body,
        channel=text.channel,
        customer=NetworkSender(
            name=text.name or text.handle or "", phone=text.phone, locale=sender.locale
        ),
        customer_id=sender.customer if text.handle else None,
        provider_id=text.provider_id,
        received_at=text.received_at,
        attachments=text.attachments,
        linked_to=choice.follow_up_of,
    )


def _chosen(sender: Sender, intent: MessageIntent) -> SenderTicket:
    number = intent.choice.number
    ticket = sender.ticket(number) if number is not None else None
    if ticket is None:
        raise LookupError(number)  # choose_ticket names only tickets it was given
    return ticket
