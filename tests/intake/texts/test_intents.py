"""What a text asks for, given what we know of its sender. No database."""

from datetime import timedelta
from typing import Any

import pytest

from service_desk.attachments.schemas import NewAttachment
from service_desk.intake.texts.incoming import IncomingText, TextContext
from service_desk.intake.texts.intents import (
    RATING_WINDOW,
    MessageIntent,
    RatingIntent,
    corrects_number,
    read_intent,
)
from service_desk.rules.tickets.joining import RECENT_CONVERSATION, CustomerTicket, TicketChoice
from service_desk.rules.tickets.numbers import make_number
from service_desk.rules.words.customer_words import Keyword
from service_desk.self_service.senders import LastMessage, Sender, SenderTicket
from tests.factories import NOW, PHONE

PHOTO = NewAttachment("a.jpg", "waiting", "image/jpeg")
NUMBER = make_number(12)


def ticket(
    state: str = "resolved", *, asked: timedelta | None = None, serial: int = 12, **more: Any
) -> SenderTicket:
    own = CustomerTicket(
        make_number(serial), state, NOW - timedelta(days=1), NOW - timedelta(days=1)
    )
    return SenderTicket(own, 1, "token", "normal", None if asked is None else NOW - asked, **more)


def asks(body: str, *tickets: SenderTicket, opted_out: bool = False, **fields: object) -> object:
    incoming = IncomingText(
        **{"sid": "SM1", "sender": PHONE, "phone": PHONE, "body": body}
        | {"attachments": (), "at": NOW}
        | fields  # pyright: ignore[reportArgumentType]
    )
    known = tickets or opted_out
    return read_intent(
        TextContext(incoming, Sender(1, "en", opted_out, tickets) if known else None)
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [("STOP", "stop"), ("退订", "stop"), ("start", "start"), ("HELP", "help"), ("ＣＡＬＬ", "call"),
     ("进度", "status"), ("ok, thanks", "help"), ("5", "help")],
)  # fmt: skip
def test_commands_of_a_stranger(body: str, kind: str) -> None:
    assert asks(body) == Keyword(kind)


def test_words_of_a_stranger_open_a_ticket() -> None:
    assert asks("The fridge is warm") == MessageIntent(TicketChoice(None))
    assert asks("") == MessageIntent(TicketChoice(None))


def test_words_join_and_thanks_ask_for_nothing() -> None:
    assert asks("it smells", ticket("open")) == MessageIntent(TicketChoice(NUMBER))
    assert asks("thanks a lot", ticket()) == MessageIntent(TicketChoice(NUMBER), thanks=True)


def test_a_score_counts_where_it_was_asked_for() -> None:
    rated = ticket(asked=timedelta(days=2))
    assert asks("4", rated) == RatingIntent(rated, 4)
    assert asks("5, thank you", rated) == RatingIntent(rated, 5)
    assert isinstance(asks("4", ticket()), MessageIntent)
    assert isinstance(asks("4", ticket(asked=RATING_WINDOW + timedelta(seconds=1))), MessageIntent)
    # a bare digit may choose one of the options offered
    assert isinstance(asks("4", ticket("open", asked=timedelta(days=2))), MessageIntent)


def test_a_picture_is_for_the_ticket_whatever_it_says() -> None:
    rated = ticket(asked=timedelta(days=2))
    assert isinstance(asks("STATUS", attachments=(PHOTO,)), MessageIntent)
    assert isinstance(asks("4", rated, attachments=(PHOTO,)), MessageIntent)
    assert asks("STOP", attachments=(PHOTO,)) == Keyword("stop")


def test_nobody_without_a_number_is_called_back() -> None:
    assert asks("CALL", phone=None, sender="12345") == MessageIntent(TicketChoice(None))


def test_yes_starts_again_who_had_stopped() -> None:
    assert asks("yes", opted_out=True) == Keyword("start")
    assert isinstance(asks("yes"), MessageIntent)


def test_what_twilio_saw_counts() -> None:
    assert asks("Stop it please", answered_elsewhere="STOP") == Keyword("stop")


@pytest.mark.parametrize(
    ("body", "kind", "opt_out"),
    [
        ("ok", "stop", "STOP"),
        ("5", "stop", "STOP"),
        ("谢谢", "start", "START"),
        ("2", "help", "HELP"),
    ],
)
def test_what_twilio_saw_counts_before_thanks_and_digits(
    body: str, kind: str, opt_out: str
) -> None:
    assert asks(body, answered_elsewhere=opt_out) == Keyword(kind)  # pyright: ignore[reportArgumentType]
    rated = ticket(asked=timedelta(days=2))
    assert asks(body, rated, answered_elsewhere=opt_out) == Keyword(kind)  # pyright: ignore[reportArgumentType]


HOUR, DAYS = timedelta(hours=1), timedelta(days=2)


def test_a_digit_chooses_among_options_offered_since_the_rating_was_asked_for() -> None:
    solved = ticket(asked=DAYS)
    other = ticket("open", serial=13, options_offered_at=NOW - HOUR, last_reply_at=NOW - HOUR)
    assert asks("2", solved, other) == MessageIntent(TicketChoice(other.own.number))
    offered_before = ticket(
        "open", serial=13, options_offered_at=NOW - 2 * DAYS, last_reply_at=NOW - HOUR
    )
    assert asks("2", solved, offered_before) == RatingIntent(solved, 2)


def test_a_rating_is_changed_only_while_it_is_what_was_talked_of_last() -> None:
    rated = ticket(asked=DAYS, rated=True)
    assert asks("2", rated) == RatingIntent(rated, 2)
    assert asks("2", rated, ticket("open", serial=13)) == RatingIntent(rated, 2)
    talked = ticket("open", serial=13, last_reply_at=NOW - HOUR)
    assert asks("2", rated, talked) == MessageIntent(TicketChoice(talked.own.number))


def test_the_right_number_after_a_wrong_one_corrects_it() -> None:
    here, there = ticket("open", serial=12), ticket("open", serial=13)
    right = there.own.number
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)

    def told(body: str, last: str, *, on: str = NUMBER, ago: timedelta = HOUR) -> bool:
        incoming = IncomingText("SM1", PHONE, PHONE, body, (), NOW)
        talk = TextContext(incoming, Sender(1, "en", False, (here, there)))
        words = read_intent(talk)
        assert isinstance(words, MessageIntent)
        return corrects_number(talk, words, LastMessage(1, on, last, NOW - ago, False))

    assert told(right, f"Ticket {wrong} now it smokes")
    assert told(f"Sorry, I meant #{right}", f"Ticket {wrong} now it smokes")
    assert told(right, f"工单{wrong}冒烟了")
    assert not told(right, "now it smokes")
    assert not told(right, f"Ticket {wrong} now it smokes", on=right)
    assert not told(right, f"Ticket {wrong} now it smokes", ago=RECENT_CONVERSATION + HOUR)
    assert not told("thanks", f"Ticket {wrong} now it smokes")
