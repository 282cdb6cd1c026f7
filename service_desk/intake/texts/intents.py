"""What a text asks for: a keyword, a rating, or a message for a ticket. No I/O."""

from datetime import timedelta

from msgspec import Struct

from service_desk.intake.texts.incoming import IncomingText
from service_desk.rules.tickets.choice import (
    RECENT_CONVERSATION,
    TicketChoice,
    choose_ticket,
    is_open,
)
from service_desk.rules.tickets.numbers import find_numbers
from service_desk.rules.words.customer_words import Keyword, is_only_thanks, parse_keyword
from service_desk.rules.words.rating_words import find_rating, is_other_score
from service_desk.self_service.senders import LastMessage, Sender, SenderTicket

RATING_WINDOW = timedelta(days=14)


class RatingIntent(Struct, frozen=True):
    """A score for a ticket that we asked the customer to rate."""

    ticket: SenderTicket
    score: int


class MessageIntent(Struct, frozen=True):
    """A message for the chosen ticket or a new one. `only_thanks`: it needs no answer by staff;
    `no_score`: as it is a rating outside 1 to 5."""

    choice: TicketChoice
    only_thanks: bool = False
    no_score: bool = False


Intent = Keyword | RatingIntent | MessageIntent


def read_intent(text: IncomingText, sender: Sender) -> Intent:
    keyword = parse_keyword(text.opt_out_type or text.body, opted_out=sender.opted_out)
    if keyword is not None and keyword.kind in ("stop", "start"):
        return keyword
    only_thanks = False
    if not text.attachments:  # a photo is for the ticket, whatever the text says
        if keyword is not None and text.opt_out_type:
            return keyword
        score, only_thanks = find_rating(text.body), is_only_thanks(text.body)
        if score is not None and (ticket := _ticket_awaiting_rating(text, sender)):
            return RatingIntent(ticket, score)
        if is_other_score(text.body) and (ticket := _ticket_awaiting_rating(text, sender)):
            return MessageIntent(TicketChoice(ticket.number), only_thanks=True, no_score=True)
        if (score is not None or only_thanks) and not sender.tickets:
            return Keyword("help")  # there is nothing to rate, nothing to thank for
        if keyword is not None and (keyword.kind != "call" or text.phone):
            return keyword
    choice = choose_ticket(sender.tickets, text.numbers, text.received_at, only_thanks=only_thanks)
    return MessageIntent(choice, only_thanks)


def corrects_number(
    text: IncomingText, sender: Sender, intent: MessageIntent, last: LastMessage
) -> bool:
    """Whether a text that is only a ticket number corrects the wrong one in `last`, the sender's
    previous message, which went to another ticket and made us ask."""
    if intent.choice.number in (None, last.number):
        return False
    then = choose_ticket(sender.tickets, find_numbers(last.body), last.at)
    asked = then.mistyped or then.unmatched
    return asked is not None and text.received_at - last.at <= RECENT_CONVERSATION


def _ticket_awaiting_rating(text: IncomingText, sender: Sender) -> SenderTicket | None:
    """The ticket whose rating we requested last, or that is quoted, unless that was long ago or it
    is open again.

    A bare digit may also choose one of the options of a handling plan: on this ticket while it is
    open, on another one if staff offered options since. And a rating already given is changed only
    if staff have not written about another ticket since.
    """
    about = sender.tickets
    if text.quoted is not None and (quoted := sender.ticket(text.quoted)) is not None:
        about = (quoted,)
    requested = [
        (ticket.rating_requested_at, ticket)
        for ticket in about
        if ticket.rating_requested_at is not None
    ]
    if not requested:
        return None
    at, ticket = max(requested, key=lambda pair: pair[0])
    recent = text.received_at - at <= RATING_WINDOW
    if not recent or is_open(ticket):
        return None
    others = [other.last_reply_at if ticket.rated else other.options_offered_at for other in about]
    return None if any(since is not None and since > at for since in others) else ticket
