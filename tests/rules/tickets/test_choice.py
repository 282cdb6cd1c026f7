from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.tickets.choice import CustomerTicket, TicketChoice, choose_ticket, is_open
from service_desk.rules.tickets.numbers import FoundNumbers, find_numbers, make_number
from service_desk.rules.tickets.states import TicketState
from tests.rules.tickets.test_numbers import typos_of

NOW = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A, B, C = make_number(1), make_number(2), make_number(3)
NOTHING = FoundNumbers()


def own(
    number: str,
    state: TicketState = "open",
    *,
    ago: timedelta = HOUR,
    resolved_ago: timedelta | None = None,
    merged_numbers: tuple[str, ...] = (),
    linked_numbers: tuple[str, ...] = (),
) -> CustomerTicket:
    """A ticket with its last message `ago`, resolved then or `resolved_ago`."""
    resolved = NOW - (resolved_ago or ago) if state in ("resolved", "closed") else None
    return CustomerTicket(number, state, NOW - ago, resolved, merged_numbers, linked_numbers)


@pytest.mark.parametrize(
    ("tickets", "text", "expected"),
    [
        # no tickets
        ([], "broken", TicketChoice(None)),
        # the one open ticket, however old
        ([own(A, ago=90 * DAY)], "broken", TicketChoice(A)),
        ([own(A), own(B, "closed")], "broken", TicketChoice(A)),
        # the one with the latest message, within 72 hours
        ([own(A, ago=2 * HOUR), own(B, ago=HOUR)], "broken", TicketChoice(B)),
        ([own(A, ago=72 * HOUR), own(B, ago=80 * HOUR)], "broken", TicketChoice(A)),
        ([own(A, ago=73 * HOUR), own(B, ago=80 * HOUR)], "broken", TicketChoice(None)),
        # a number takes precedence
        ([own(A), own(B, ago=90 * DAY)], f"still broken, {B}", TicketChoice(B)),
        ([own(A), own(B, ago=90 * DAY)], f"{B} or {A}?", TicketChoice(B)),
        # resolved: reopened within 7 days, then followed by a new one
        ([own(A, "resolved", ago=7 * DAY)], "broken", TicketChoice(A)),
        ([own(A, "resolved", ago=7 * DAY + HOUR)], "broken", TicketChoice(None, follow_up_of=A)),
        ([own(A, "closed", ago=8 * DAY)], "broken", TicketChoice(None, follow_up_of=A)),
        ([own(A, "closed", ago=HOUR)], "broken", TicketChoice(None, follow_up_of=A)),
        ([own(A, "closed", ago=31 * DAY)], "broken", TicketChoice(None)),
        ([own(A, "closed", ago=31 * DAY)], f"{A} again", TicketChoice(None, follow_up_of=A)),
        (
            [own(A, "closed", ago=31 * DAY), own(B)],
            f"{A} again",
            TicketChoice(None, follow_up_of=A),
        ),
        ([own(A, "closed", ago=9 * DAY), own(B, "resolved", ago=DAY)], "broken", TicketChoice(B)),
        # of several resolved, the one with the latest activity, if it can be reopened
        (
            [own(A, "resolved", ago=9 * DAY, resolved_ago=HOUR), own(B, "resolved", ago=2 * DAY)],
            "It is not resolved",
            TicketChoice(A),
        ),
        (
            [own(A, "resolved", ago=9 * DAY, resolved_ago=2 * DAY), own(B, "closed", ago=DAY)],
            "It is not resolved",
            TicketChoice(A),
        ),
        (
            [own(A, "resolved", ago=HOUR, resolved_ago=2 * DAY), own(B, "resolved", ago=DAY)],
            "and the lid?",
            TicketChoice(A),
        ),
        # a message about an ended ticket joins its follow-up
        ([own(A, "closed"), own(B, linked_numbers=(A,))], f"{A} again", TicketChoice(B)),
        ([own(A, "closed"), own(B, linked_numbers=(A,)), own(C)], f"{A} again", TicketChoice(B)),
        ([own(A, "resolved"), own(B, linked_numbers=(A,))], f"{A} again", TicketChoice(A)),
        (
            [own(A, "closed"), own(B, "resolved", linked_numbers=(A,))],
            f"{A} again",
            TicketChoice(B),
        ),
        (
            [own(A, "closed"), own(B, "closed", linked_numbers=(A,))],
            f"{A}",
            TicketChoice(None, follow_up_of=A),
        ),
        (
            [
                own(A, "closed"),
                own(B, "closed", linked_numbers=(A,)),
                own(C, ago=90 * DAY, linked_numbers=(B,)),
            ],
            f"{A} again",
            TicketChoice(C),
        ),
        (
            [
                own(A, "closed"),
                own(B, "resolved", linked_numbers=(A,)),
                own(C, ago=DAY, linked_numbers=(A,)),
            ],
            f"{A} again",
            TicketChoice(C),
        ),
        (
            [own(B, "closed", merged_numbers=(A,)), own(C, linked_numbers=(A,))],
            f"{B} again",
            TicketChoice(C),
        ),
        ([own(A, "closed", linked_numbers=(A,))], f"{A} again", TicketChoice(None, follow_up_of=A)),
        # the number of a merged ticket leads to the one it was merged into
        ([own(A, merged_numbers=(C,)), own(B)], f"about {C}", TicketChoice(A)),
        # unmatched numbers are reported; the message goes where it would go without
        ([own(A)], f"about {C}", TicketChoice(A, unmatched=C)),
        ([], f"about {C}", TicketChoice(None, unmatched=C)),
        ([own(A)], f"about {C} and {A}", TicketChoice(A)),
        (
            [own(A, "closed", ago=9 * DAY)],
            f"re {C}",
            TicketChoice(None, follow_up_of=A, unmatched=C),
        ),
    ],
)
def test_where_a_message_belongs(
    tickets: list[CustomerTicket], text: str, expected: TicketChoice
) -> None:
    assert choose_ticket(tickets, find_numbers(text), NOW) == expected


def test_a_mistyped_number_is_reported() -> None:
    wrong = A[:-1] + str((int(A[-1]) + 1) % 10)
    assert choose_ticket([own(B)], find_numbers(f"re {wrong}"), NOW) == TicketChoice(
        B, mistyped=wrong
    )
    assert choose_ticket([], find_numbers(wrong), NOW) == TicketChoice(None, mistyped=wrong)
    assert choose_ticket([own(B)], find_numbers(f"{wrong}, no: {B}"), NOW) == TicketChoice(B)


def test_messages_without_a_question_join_a_resolved_ticket() -> None:
    for ago in (DAY, 8 * DAY, 400 * DAY):
        resolved = own(A, "closed", ago=ago)
        assert choose_ticket([resolved], NOTHING, NOW, only_thanks=True) == TicketChoice(A)


def test_thanks_join_a_closed_ticket() -> None:
    tickets = [own(A, "closed"), own(B, linked_numbers=(A,))]
    assert choose_ticket(tickets, find_numbers(A), NOW, only_thanks=True) == TicketChoice(A)


states = st.sampled_from(("new", "open", "waiting_customer", "waiting_parts", "resolved", "closed"))
ages = st.integers(0, 24 * 60).map(lambda hours: timedelta(hours=hours))
links = st.lists(st.integers(1, 6).map(make_number), max_size=2).map(tuple)  # cycles included
tickets_of_one = st.lists(st.tuples(states, ages, links), max_size=6).map(
    lambda drawn: [
        own(make_number(serial), state, ago=ago, linked_numbers=linked)
        for serial, (state, ago, linked) in enumerate(drawn, 1)
    ]
)


@given(tickets_of_one, st.booleans())
def test_the_choice_is_always_one_of_the_customers_tickets(
    tickets: list[CustomerTicket], only_thanks: bool
) -> None:
    choice = choose_ticket(tickets, NOTHING, NOW, only_thanks=only_thanks)
    by_number = {ticket.number: ticket for ticket in tickets}
    assert choice.number is None or choice.follow_up_of is None
    if choice.follow_up_of is not None:
        assert not is_open(by_number[choice.follow_up_of])
    if choice.number is not None and not only_thanks:
        assert by_number[choice.number].state != "closed"
    still_open = [ticket for ticket in tickets if is_open(ticket)]
    if any(ticket.state == "resolved" and NOW - ticket.last_message_at <= 7 * DAY
           for ticket in tickets):  # fmt: skip
        assert choice.follow_up_of is None
    if still_open:
        assert choice.follow_up_of is None
    if len(still_open) == 1:
        assert choice == TicketChoice(still_open[0].number)


@given(tickets_of_one.filter(bool), st.data())
def test_a_named_ticket_is_chosen_while_it_accepts_messages(
    tickets: list[CustomerTicket], data: st.DataObject
) -> None:
    """Otherwise its follow-up, found by following links one by one."""
    ticket = data.draw(st.sampled_from(tickets))
    choice = choose_ticket(tickets, find_numbers(f"about {ticket.number}"), NOW)
    lasting = {one.number for one in tickets if lasts(one)}
    follow_ups = slow_follow_ups(ticket.number, tickets) - {ticket.number}
    if ticket.number in lasting:
        assert choice == TicketChoice(ticket.number)
    elif follow_ups & lasting:
        assert choice.number in follow_ups & lasting
        still_open = {one.number for one in tickets if is_open(one)}
        if follow_ups & still_open:
            assert choice.number in still_open
        by_number = {one.number: one for one in tickets}
        rivals = follow_ups & (still_open if choice.number in still_open else lasting)
        latest = max(by_number[number].last_message_at for number in rivals)
        assert by_number[choice.number].last_message_at == latest
    else:
        assert choice == TicketChoice(None, follow_up_of=ticket.number)


def lasts(ticket: CustomerTicket) -> bool:
    """Open, or resolved within seven days."""
    return is_open(ticket) or (
        ticket.state == "resolved" and NOW - ticket.last_message_at <= 7 * DAY
    )


def slow_follow_ups(number: str, tickets: list[CustomerTicket]) -> set[str]:
    """One round per ticket; each adds the follow-ups of those found so far."""
    found = {number}
    for _ in tickets:
        for one in tickets:
            if found & set(one.linked_numbers):
                found.add(one.number)
    return found


unmarked = st.integers(100_000, 999_999_999).map(str)


@given(tickets_of_one, unmarked, st.sampled_from(("Model {} broken", "浦东新区{} 冰箱坏了")))
def test_unmarked_digits(tickets: list[CustomerTicket], digits: str, text: str) -> None:
    """They are reported only if they are one typo away from a ticket of the customer."""
    choice = choose_ticket(tickets, find_numbers(text.format(digits)), NOW)
    own_numbers = {ticket.number for ticket in tickets}
    if digits not in own_numbers:
        slip = any(digits in typos_of(number) for number in own_numbers)
        assert choice.mistyped == (digits if slip else None)
        assert choice.unmatched is None
        nothing = choose_ticket(tickets, NOTHING, NOW)
        assert (choice.number, choice.follow_up_of) == (nothing.number, nothing.follow_up_of)


@given(tickets_of_one.filter(bool), st.data())
def test_a_typo_in_a_number_is_reported(tickets: list[CustomerTicket], data: st.DataObject) -> None:
    ticket = data.draw(st.sampled_from(tickets))
    typed = data.draw(st.sampled_from(sorted(typos_of(ticket.number) - {ticket.number})))
    if not typed.startswith("0"):
        choice = choose_ticket(tickets, find_numbers(f"and {typed} leaks"), NOW)
        assert choice.mistyped == typed
