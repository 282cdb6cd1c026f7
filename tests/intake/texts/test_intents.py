"""What a text asks for, given what we know of its sender. No database."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from service_desk.attachments.schemas import NewAttachment
from service_desk.intake.texts.incoming import IncomingText
from service_desk.intake.texts.intents import (
    RATING_WINDOW,
    Intent,
    MessageIntent,
    RatingIntent,
    corrects_number,
    read_intent,
)
from service_desk.rules.tickets.choice import RECENT_CONVERSATION, TicketChoice
from service_desk.rules.tickets.numbers import make_number
from service_desk.rules.tickets.states import TicketState
from service_desk.rules.words.customer_words import Keyword, KeywordKind
from service_desk.self_service.senders import LastMessage, Sender, SenderTicket
from tests.factories import NOW, PHONE

PHOTO = NewAttachment("a.jpg", "pending", "image/jpeg")
NUMBER = make_number(12)


def ticket(
    state: TicketState = "resolved",
    *,
    requested: timedelta | None = None,
    serial: int = 12,
    **more: Any,
) -> SenderTicket:
    return SenderTicket(
        id=1,
        number=make_number(serial),
        token="token",
        state=state,
        severity="normal",
        last_message_at=NOW - timedelta(days=1),
        resolved_at=NOW - timedelta(days=1),
        rating_requested_at=None if requested is None else NOW - requested,
        **more,
    )


def intent_of(body: str, *tickets: SenderTicket, opted_out: bool = False, **fields: Any) -> Intent:
    text = replace(IncomingText("SM1", PHONE, PHONE, body, (), NOW), **fields)
    return read_intent(text, Sender(1 if tickets or opted_out else None, "en", opted_out, tickets))


@pytest.mark.parametrize(
    ("body", "kind"),
    [("STOP", "stop"), ("退订", "stop"), ("start", "start"), ("HELP", "help"), ("ＣＡＬＬ", "call"),
     ("进度", "status"), ("ok, thanks", "help"), ("5", "help")],
)  # fmt: skip
def test_keywords_of_an_unknown_sender(body: str, kind: KeywordKind) -> None:
    assert intent_of(body) == Keyword(kind)


def test_a_message_of_an_unknown_sender_opens_a_ticket() -> None:
    assert intent_of("The fridge is warm") == MessageIntent(TicketChoice(None))
    assert intent_of("") == MessageIntent(TicketChoice(None))


def test_a_message_joins_a_ticket_and_thanks_need_no_answer() -> None:
    assert intent_of("it smells", ticket("open")) == MessageIntent(TicketChoice(NUMBER))
    assert intent_of("thanks a lot", ticket()) == MessageIntent(
        TicketChoice(NUMBER), only_thanks=True
    )


def test_a_score_is_a_rating_only_after_a_rating_request() -> None:
    rated = ticket(requested=timedelta(days=2))
    assert intent_of("4", rated) == RatingIntent(rated, 4)
    assert intent_of("5, thank you", rated) == RatingIntent(rated, 5)
    assert isinstance(intent_of("4", ticket()), MessageIntent)
    assert isinstance(
        intent_of("4", ticket(requested=RATING_WINDOW + timedelta(seconds=1))), MessageIntent
    )
    # A bare digit may choose one of the options offered.
    assert isinstance(intent_of("4", ticket("open", requested=timedelta(days=2))), MessageIntent)


def test_a_text_with_a_photo_is_a_message_whatever_it_says() -> None:
    rated = ticket(requested=timedelta(days=2))
    assert isinstance(intent_of("STATUS", attachments=(PHOTO,)), MessageIntent)
    assert isinstance(intent_of("4", rated, attachments=(PHOTO,)), MessageIntent)
    assert intent_of("STOP", attachments=(PHOTO,)) == Keyword("stop")


def test_call_without_a_phone_number_is_a_message() -> None:
    assert intent_of("CALL", phone=None, address="12345") == MessageIntent(TicketChoice(None))


def test_yes_opts_in_a_customer_who_had_opted_out() -> None:
    assert intent_of("yes", opted_out=True) == Keyword("start")
    assert isinstance(intent_of("yes"), MessageIntent)


def test_twilios_opt_out_type_counts() -> None:
    assert intent_of("Stop it please", opt_out_type="STOP") == Keyword("stop")


@pytest.mark.parametrize(
    ("body", "kind", "opt_out"),
    [
        ("ok", "stop", "STOP"),
        ("5", "stop", "STOP"),
        ("谢谢", "start", "START"),
        ("2", "help", "HELP"),
    ],
)
def test_twilios_opt_out_type_comes_before_thanks_and_digits(
    body: str, kind: KeywordKind, opt_out: str
) -> None:
    assert intent_of(body, opt_out_type=opt_out) == Keyword(kind)
    rated = ticket(requested=timedelta(days=2))
    assert intent_of(body, rated, opt_out_type=opt_out) == Keyword(kind)


HOUR, DAYS = timedelta(hours=1), timedelta(days=2)


def test_a_digit_chooses_an_option_offered_since_the_rating_request() -> None:
    solved = ticket(requested=DAYS)
    other = ticket("open", serial=13, options_offered_at=NOW - HOUR, last_reply_at=NOW - HOUR)
    assert intent_of("2", solved, other) == MessageIntent(TicketChoice(other.number))
    offered_before = ticket(
        "open", serial=13, options_offered_at=NOW - 2 * DAYS, last_reply_at=NOW - HOUR
    )
    assert intent_of("2", solved, offered_before) == RatingIntent(solved, 2)


def test_a_rating_changes_only_until_staff_write_about_another_ticket() -> None:
    rated = ticket(requested=DAYS, rated=True)
    assert intent_of("2", rated) == RatingIntent(rated, 2)
    assert intent_of("2", rated, ticket("open", serial=13)) == RatingIntent(rated, 2)
    talked = ticket("open", serial=13, last_reply_at=NOW - HOUR)
    assert intent_of("2", rated, talked) == MessageIntent(TicketChoice(talked.number))


def test_a_right_number_corrects_a_mistyped_one() -> None:
    here, there = ticket("open", serial=12), ticket("open", serial=13)
    right = there.number
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)

    def corrects(body: str, last: str, *, on: str = NUMBER, ago: timedelta = HOUR) -> bool:
        text = IncomingText("SM1", PHONE, PHONE, body, (), NOW)
        sender = Sender(1, "en", False, (here, there))
        intent = read_intent(text, sender)
        assert isinstance(intent, MessageIntent)
        return corrects_number(text, sender, intent, LastMessage(1, on, last, NOW - ago, False))

    assert corrects(right, f"Ticket {wrong} now it smokes")
    assert corrects(f"Sorry, I meant #{right}", f"Ticket {wrong} now it smokes")
    assert corrects(right, f"工单{wrong}冒烟了")
    assert not corrects(right, "now it smokes")
    assert not corrects(right, f"Ticket {wrong} now it smokes", on=right)
    assert not corrects(right, f"Ticket {wrong} now it smokes", ago=RECENT_CONVERSATION + HOUR)
    assert not corrects("thanks", f"Ticket {wrong} now it smokes")
