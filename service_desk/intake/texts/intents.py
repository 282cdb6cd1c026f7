"""What a customer's text asks for: a command, a rating, or words for a ticket. No I/O."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from service_desk.intake.texts.incoming import Talk
from service_desk.rules.tickets.joining import WRITTEN_ABOUT, Joining, choose_ticket, is_open
from service_desk.rules.tickets.numbers import FoundNumbers, find_numbers
from service_desk.rules.words.customer_words import Keyword, is_only_thanks, parse_keyword
from service_desk.rules.words.rating_words import find_rating
from service_desk.self_service.senders import LastWords, SendersTicket

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
    if keyword is not None and keyword.kind in ("stop", "start"):
        return keyword
    if text.attachments:
        return _words(talk)  # a picture is for the ticket, whatever it says
    if keyword is not None and text.answered_elsewhere:
        return keyword
    score = find_rating(text.body)
    if score is not None and (rated := _asked_to_rate(talk)):
        return Rating(rated, score)
    nothing_asked = score is not None or is_only_thanks(text.body)
    if nothing_asked and not _tickets(talk):
        return Keyword("help")  # there is nothing to rate, nothing to thank for
    if keyword is None or (keyword.kind == "call" and not text.phone):
        return _words(talk)
    return keyword


def choose(talk: Talk, numbers: FoundNumbers, *, asks_nothing: bool = False) -> Joining:
    """Which of the sender's tickets is meant."""
    own = [ticket.own for ticket in _tickets(talk)]
    return choose_ticket(own, numbers, talk.text.at, asks_nothing=asks_nothing)


def _words(talk: Talk) -> Words:
    thanks = is_only_thanks(talk.text.body) and not talk.text.attachments
    return Words(choose(talk, talk.text.numbers, asks_nothing=thanks), thanks)


def corrects(talk: Talk, words: Words, last: LastWords) -> bool:
    """Whether a number alone is the right one of a ticket, and `last`, what the sender said before
    it on another, named a wrong one: so that we had asked."""
    if words.joining.number in (None, last.number):
        return False
    own = [ticket.own for ticket in _tickets(talk)]
    then = choose_ticket(own, find_numbers(last.body), last.at)
    asked = then.mistyped or then.not_yours
    return asked is not None and talk.text.at - last.at <= WRITTEN_ABOUT


def _asked_to_rate(talk: Talk) -> SendersTicket | None:
    """The ticket whose rating was asked for last, unless that was long ago or it is open again.

    While a ticket is open a bare digit may well choose one of the options offered in its plan. So
    it may on another ticket, if staff offered some since; and a rating that was given is changed
    only if nobody has been talking of anything else.
    """
    asked = [
        (ticket.rating_asked_at, ticket)
        for ticket in _tickets(talk)
        if ticket.rating_asked_at is not None
    ]
    if not asked:
        return None
    at, ticket = max(asked, key=lambda pair: pair[0])
    recent = talk.text.at - at <= RATED_WITHIN
    if not recent or is_open(ticket.own):
        return None
    others = [other.spoken_at if ticket.rated else other.offered_at for other in _tickets(talk)]
    return None if any(since is not None and since > at for since in others) else ticket


def _tickets(talk: Talk) -> Sequence[SendersTicket]:
    return talk.sender.tickets if talk.sender is not None else ()
