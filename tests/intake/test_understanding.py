"""What a text asks for, given what we know of its sender. No database."""

from datetime import timedelta

import pytest

from service_desk.attachments.schemas import NewAttachment
from service_desk.intake.incoming import IncomingText, Talk
from service_desk.intake.understanding import RATED_WITHIN, Rating, Words, understand
from service_desk.rules.customer_words import Keyword
from service_desk.rules.ticket_joining import Joining, OwnTicket
from service_desk.rules.ticket_numbers import make_number
from service_desk.tickets.senders import Sender, SendersTicket
from tests.factories import NOW, PHONE

PHOTO = NewAttachment("a.jpg", "waiting", "image/jpeg")
NUMBER = make_number(12)


def ticket(state: str = "resolved", *, asked: timedelta | None = None) -> SendersTicket:
    own = OwnTicket(NUMBER, state, NOW - timedelta(days=1), NOW - timedelta(days=1))
    return SendersTicket(own, 1, "token", "normal", None if asked is None else NOW - asked)


def asks(body: str, *tickets: SendersTicket, opted_out: bool = False, **fields: object) -> object:
    incoming = IncomingText(
        **{"sid": "SM1", "sender": PHONE, "phone": PHONE, "body": body}
        | {"attachments": (), "at": NOW}
        | fields  # pyright: ignore[reportArgumentType]
    )
    known = tickets or opted_out
    return understand(Talk(incoming, Sender(1, "en", opted_out, tickets) if known else None))


@pytest.mark.parametrize(
    ("body", "kind"),
    [("STOP", "stop"), ("退订", "stop"), ("start", "start"), ("HELP", "help"), ("ＣＡＬＬ", "call"),
     ("进度", "status"), ("ok, thanks", "help"), ("5", "help")],
)  # fmt: skip
def test_commands_of_a_stranger(body: str, kind: str) -> None:
    assert asks(body) == Keyword(kind)


def test_words_of_a_stranger_open_a_ticket() -> None:
    assert asks("The fridge is warm") == Words(Joining(None))
    assert asks("") == Words(Joining(None))


def test_words_join_and_thanks_ask_for_nothing() -> None:
    assert asks("it smells", ticket("open")) == Words(Joining(NUMBER))
    assert asks("thanks a lot", ticket()) == Words(Joining(NUMBER), thanks=True)


def test_a_score_counts_where_it_was_asked_for() -> None:
    rated = ticket(asked=timedelta(days=2))
    assert asks("4", rated) == Rating(rated, 4)
    assert asks("5, thank you", rated) == Rating(rated, 5)
    assert isinstance(asks("4", ticket()), Words)
    assert isinstance(asks("4", ticket(asked=RATED_WITHIN + timedelta(seconds=1))), Words)
    # a bare digit may choose one of the options offered
    assert isinstance(asks("4", ticket("open", asked=timedelta(days=2))), Words)


def test_a_picture_is_for_the_ticket_whatever_it_says() -> None:
    rated = ticket(asked=timedelta(days=2))
    assert isinstance(asks("STATUS", attachments=(PHOTO,)), Words)
    assert isinstance(asks("4", rated, attachments=(PHOTO,)), Words)
    assert asks("STOP", attachments=(PHOTO,)) == Keyword("stop")


def test_nobody_without_a_number_is_called_back() -> None:
    assert asks("CALL", phone=None, sender="12345") == Words(Joining(None))


def test_yes_starts_again_who_had_stopped() -> None:
    assert asks("yes", opted_out=True) == Keyword("start")
    assert isinstance(asks("yes"), Words)


def test_what_twilio_saw_counts() -> None:
    assert asks("Stop it please", answered_elsewhere="STOP") == Keyword("stop")
