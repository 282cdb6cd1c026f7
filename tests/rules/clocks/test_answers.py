"""Answers that count, and those taken back."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.clocks.answers import Answer, Answers

FIRST = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)
WRITTEN = st.lists(st.integers(100, 120), max_size=3)  # ids of the customer's messages


def answer(message: int | None, *unanswered: int) -> Answer:
    at = FIRST + timedelta(minutes=message or 0)
    return Answer(message, at, [], [*unanswered], wrote_since_end=False)


def answers(*all_of_them: Answer) -> Answers:
    made = Answers()
    for one in all_of_them:
        made.add(one)
    return made


def test_the_last_answer_is_given_back_as_it_was() -> None:
    last = answer(2, 101)
    given_so_far = answers(answer(1, 100), last)
    assert given_so_far.take_back(2) is last
    assert given_so_far
    assert given_so_far.take_back(1) is not None
    assert not given_so_far


def test_a_later_answer_stands_for_one_that_failed() -> None:
    """So nothing is taken back, and the later one owes what both answered."""
    later = answer(2, 101)
    assert answers(answer(1, 100), later).take_back(1) is None
    assert later.unanswered == [100, 101]


def test_a_call_cannot_fail_and_stands_for_messages_before_it() -> None:
    call = answer(None)
    assert answers(answer(1, 100), call).take_back(1) is None
    assert call.unanswered == [100]


def test_what_failed_counts_once_more_when_it_is_sent_again() -> None:
    given_so_far = answers(answer(1))
    assert not given_so_far.sent_again(1)
    given_so_far.take_back(1)
    assert given_so_far.sent_again(1)
    assert not given_so_far.sent_again(1)
    assert not given_so_far.sent_again(None)


def test_a_message_that_was_moved_away_is_answered_no_more() -> None:
    last = answer(1, 100, 101)
    given_so_far = answers(last)
    given_so_far.forget(100)
    given_so_far.forget(999)
    assert last.unanswered == [101]


@given(st.lists(WRITTEN, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_whatever_fails_in_whatever_order_no_message_is_lost(
    written: list[list[int]], chance: Random
) -> None:
    """Once all answers failed, all that they answered is owed again, in order."""
    sent = [answer(message, *unanswered) for message, unanswered in enumerate(written)]
    given_so_far = answers(*sent)
    order = [*range(len(sent))]
    chance.shuffle(order)
    owed: list[int | None] = []
    for message in order:
        taken_back = given_so_far.take_back(message)
        if taken_back is not None:
            owed = taken_back.unanswered + owed
    assert not given_so_far
    assert owed == [message for unanswered in written for message in unanswered]
