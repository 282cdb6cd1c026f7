"""What a customer's text asks for: a command, a rating, or words for a ticket. No I/O."""

from datetime import timedelta

from msgspec import Struct

from service_desk.intake.incoming import Talk
from service_desk.rules.customer_words import Keyword, is_only_thanks, parse_keyword
from service_desk.rules.rating_words import find_rating
from service_desk.rules.ticket_joining import Joining, choose_ticket, is_open
from service_desk.rules.ticket_numbers import FoundNumbers
from service_desk.tickets.senders import SendersTicket

RATED_WITHIN = timedelta(days=14)


class Rating(Struct, frozen=True):
    """A score for a ticket whose customer was asked for one."""

    ticket: SendersTicket
    score: int


class Words(Struct, frozen=True):
    """For a ticket, or for a new one; `thanks`: they ask for nothing."""

    joining: Joining
    thanks: bool = False


Asked = Keyword | Rating | Words


def understand(talk: Talk) -> Asked:
    """What the text asks for, given what we know of its sender."""
    text = talk.text
    opted_out = talk.sender is not None and talk.sender.opted_out
    keyword = parse_keyword(text.answered_elsewhere or text.body, opted_out=opted_out)
    if text.attachments and (keyword is None or keyword.kind not in ("stop", "start")):
        return _words(talk)  # a picture is for the ticket, whatever it says
    score = find_rating(text.body)
    if score is not None and (rated := _asked_to_rate(talk)):
        return Rating(rated, score)
    nothing_asked = score is not None or is_only_thanks(text.body)
    if nothing_asked and (talk.sender is None or not talk.sender.tickets):
        return Keyword("help")  # there is nothing to rate, nothing to thank for
    if keyword is None or (keyword.kind == "call" and not text.phone):
        return _words(talk)
    return keyword


def choose(talk: Talk, numbers: FoundNumbers, *, asks_nothing: bool = False) -> Joining:
    """Which of the sender's tickets is meant."""
    own = [ticket.own for ticket in (talk.sender.tickets if talk.sender is not None else ())]
    return choose_ticket(own, numbers, talk.text.at, asks_nothing=asks_nothing)


def _words(talk: Talk) -> Words:
    thanks = is_only_thanks(talk.text.body) and not talk.text.attachments
    return Words(choose(talk, talk.text.numbers, asks_nothing=thanks), thanks)


def _asked_to_rate(talk: Talk) -> SendersTicket | None:
    """The ticket whose rating was asked for last, unless that was long ago or it is open again.

    While a ticket is open a bare digit may well choose one of the options offered in its plan.
    """
    asked = [
        (ticket.rating_asked_at, ticket)
        for ticket in (talk.sender.tickets if talk.sender is not None else ())
        if ticket.rating_asked_at is not None
    ]
    if not asked:
        return None
    at, ticket = max(asked, key=lambda pair: pair[0])
    recent = talk.text.at - at <= RATED_WITHIN
    return ticket if recent and not is_open(ticket.own) else None
