"""What a customer's text asks for: a command, a rating, or words for a ticket. No I/O."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from service_desk.intake.texts.incoming import TextContext
from service_desk.rules.tickets.joining import (
    RECENT_CONVERSATION,
    TicketChoice,
    choose_ticket,
    is_open,
)
from service_desk.rules.tickets.numbers import FoundNumbers, find_numbers
from service_desk.rules.words.customer_words import Keyword, is_only_thanks, parse_keyword
from service_desk.rules.words.rating_words import find_rating
from service_desk.self_service.senders import LastMessage, SenderTicket

RATING_WINDOW = timedelta(days=14)


class RatingIntent(Struct, frozen=True):
    """A score for a ticket whose customer was asked for one."""

    ticket: SenderTicket
    score: int


class MessageIntent(Struct, frozen=True):
    """For a ticket, or for a new one; `thanks`: they ask for nothing."""

    joining: TicketChoice
    thanks: bool = False


Intent = Keyword | RatingIntent | MessageIntent


def read_intent(talk: TextContext) -> Intent:
    """What the text asks for, given what we know of its sender."""
    text = talk.text
    opted_out = talk.sender is not None and talk.sender.opted_out
    keyword = parse_keyword(text.answered_elsewhere or text.body, opted_out=opted_out)
    if keyword is not None and keyword.kind in ("stop", "start"):
        return keyword
    if text.attachments:
        return _words(talk)  # a picture is for the ticket, whatever it says
    if keyword is not None and text.answered_elsewhere:
        return keyword
    score = find_rating(text.body)
    if score is not None and (rated := _ticket_awaiting_rating(talk)):
        return RatingIntent(rated, score)
    nothing_asked = score is not None or is_only_thanks(text.body)
    if nothing_asked and not _tickets(talk):
        return Keyword("help")  # there is nothing to rate, nothing to thank for
    if keyword is None or (keyword.kind == "call" and not text.phone):
        return _words(talk)
    return keyword


def choose_ticket_for(
    talk: TextContext, numbers: FoundNumbers, *, needs_no_answer: bool = False
) -> TicketChoice:
    """Which of the sender's tickets is meant."""
    own = [ticket.own for ticket in _tickets(talk)]
    return choose_ticket(own, numbers, talk.text.at, needs_no_answer=needs_no_answer)


def _words(talk: TextContext) -> MessageIntent:
    thanks = is_only_thanks(talk.text.body) and not talk.text.attachments
    return MessageIntent(choose_ticket_for(talk, talk.text.numbers, needs_no_answer=thanks), thanks)


def corrects_number(talk: TextContext, words: MessageIntent, last: LastMessage) -> bool:
    """Whether a number alone is the right one of a ticket, and `last`, what the sender said before
    it on another, named a wrong one: so that we had asked."""
    if words.joining.number in (None, last.number):
        return False
    own = [ticket.own for ticket in _tickets(talk)]
    then = choose_ticket(own, find_numbers(last.body), last.at)
    asked = then.mistyped or then.not_yours
    return asked is not None and talk.text.at - last.at <= RECENT_CONVERSATION


def _ticket_awaiting_rating(talk: TextContext) -> SenderTicket | None:
    """The ticket whose rating was asked for last, unless that was long ago or it is open again.

    While a ticket is open a bare digit may well choose one of the options offered in its plan. So
    it may on another ticket, if staff offered some since; and a rating that was given is changed
    only if nobody has been talking of anything else.
    """
    asked = [
        (ticket.rating_requested_at, ticket)
        for ticket in _tickets(talk)
        if ticket.rating_requested_at is not None
    ]
    if not asked:
        return None
    at, ticket = max(asked, key=lambda pair: pair[0])
    recent = talk.text.at - at <= RATING_WINDOW
    if not recent or is_open(ticket.own):
        return None
    others = [
        other.last_reply_at if ticket.rated else other.options_offered_at
        for other in _tickets(talk)
    ]
    return None if any(since is not None and since > at for since in others) else ticket


def _tickets(talk: TextContext) -> Sequence[SenderTicket]:
    return talk.sender.tickets if talk.sender is not None else ()
