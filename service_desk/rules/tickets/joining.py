"""Which ticket a customer's text or call belongs to (DESIGN §2.1, §2.2).

A number named; else the one open ticket; else the last one written about; with none open, the one
solved last, of those that can be reopened first. What fits none of them is a new ticket, and what
is said about a ticket that is over belongs to the one that follows it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from service_desk.rules.tickets.numbers import FoundNumbers, is_typo_of
from service_desk.rules.tickets.states import ENDED

RECENT_CONVERSATION = timedelta(hours=72)
REOPEN_WINDOW = timedelta(days=7)
# A new ticket follows an earlier one that nobody named if that was solved not long ago.
FOLLOW_UP_WINDOW = timedelta(days=30)


class CustomerTicket(Struct, frozen=True):
    """A ticket of the customer who is writing. Numbers of tickets merged into it (`also`) lead here
    too. `follows`: numbers of earlier tickets that it was linked to, itself or one merged into it.
    """

    number: str
    state: str
    last_message_at: datetime
    resolved_at: datetime | None = None
    merged_numbers: tuple[str, ...] = ()
    linked_numbers: tuple[str, ...] = ()


class TicketChoice(Struct, frozen=True):
    """Join `number`, or with None open a new ticket, linked to `follows` if there is one.

    `mistyped` and `unmatched`: a number that the customer named and that led nowhere.
    """

    number: str | None
    follow_up_of: str | None = None
    mistyped: str | None = None
    unmatched: str | None = None


def choose_ticket(
    tickets: Sequence[CustomerTicket],
    named: FoundNumbers,
    now: datetime,
    *,
    needs_no_answer: bool = False,
) -> TicketChoice:
    """Where a message belongs, among the customer's own tickets.

    `needs_no_answer`: it is a rating or only thanks, which stays with a solved ticket of any age.
    """
    by_number = {
        number: ticket for ticket in tickets for number in (ticket.number, *ticket.merged_numbers)
    }
    own = next((by_number[number] for number in named.valid if number in by_number), None)
    if own is not None:
        return _choose_for(own, tickets, now, needs_no_answer)
    chosen = _choose_without_number(tickets, now, needs_no_answer)
    # Digits that nobody called a ticket are most likely something else, unless they are a slip of
    # the pen away from a ticket of theirs.
    claimed = [number for number in named.valid if number not in named.unmarked]
    slips = [
        typed for typed in named.unmarked if any(is_typo_of(typed, number) for number in by_number)
    ]
    if claimed:
        return TicketChoice(chosen.number, chosen.follow_up_of, unmatched=claimed[0])
    if wrong := [*named.mistyped, *slips]:
        return TicketChoice(chosen.number, chosen.follow_up_of, mistyped=wrong[0])
    return chosen


def follow_up(
    ticket: CustomerTicket, tickets: Sequence[CustomerTicket], now: datetime
) -> CustomerTicket | None:
    """The customer's ticket on which one that is over goes on: of those that follow it, at first or
    second hand, an open one, else one that can be reopened; the last talked about."""
    if accepts_messages(ticket, now):
        return None
    later = [one for one in _follow_ups(ticket, tickets) if accepts_messages(one, now)]
    return max(later, key=lambda one: (is_open(one), _last_activity_at(one)), default=None)


def is_open(ticket: CustomerTicket) -> bool:
    return ticket.state not in ENDED


def accepts_messages(ticket: CustomerTicket, now: datetime) -> bool:
    """Whether what its customer says goes on it: it is open, or can be reopened."""
    return is_open(ticket) or _reopens(ticket, now)


def _choose_without_number(
    tickets: Sequence[CustomerTicket], now: datetime, needs_no_answer: bool
) -> TicketChoice:
    still_open = [ticket for ticket in tickets if is_open(ticket)]
    if len(still_open) == 1:
        return TicketChoice(still_open[0].number)
    if still_open:
        last = max(still_open, key=lambda ticket: ticket.last_message_at)
        recent = now - last.last_message_at <= RECENT_CONVERSATION
        return TicketChoice(last.number if recent else None)
    if not tickets:
        return TicketChoice(None)
    # "Write back if it is not solved": what was solved last was talked about last.
    solved = max(tickets, key=lambda ticket: (_reopens(ticket, now), _last_activity_at(ticket)))
    joining = _choose_for(solved, tickets, now, needs_no_answer)
    if joining.number is None and now - _resolved_at(solved) > FOLLOW_UP_WINDOW:
        return TicketChoice(None)
    return joining


def _choose_for(
    ticket: CustomerTicket, tickets: Sequence[CustomerTicket], now: datetime, needs_no_answer: bool
) -> TicketChoice:
    """A message about this ticket: on it while it is open or can be reopened, else on the one it
    goes on as, else after it."""
    if needs_no_answer or accepts_messages(ticket, now):
        return TicketChoice(ticket.number)
    if goes_on := follow_up(ticket, tickets, now):
        return TicketChoice(goes_on.number)
    return TicketChoice(None, follow_up_of=ticket.number)


def _follow_ups(ticket: CustomerTicket, tickets: Sequence[CustomerTicket]) -> list[CustomerTicket]:
    """At first or second hand; nobody keeps links from running in a circle."""
    chain = [ticket]
    for earlier in chain:
        numbers = {earlier.number, *earlier.merged_numbers}
        chain += [one for one in tickets if one not in chain and numbers & {*one.linked_numbers}]
    return chain[1:]


def _reopens(ticket: CustomerTicket, now: datetime) -> bool:
    return ticket.state == "resolved" and now - _resolved_at(ticket) <= REOPEN_WINDOW


def _last_activity_at(ticket: CustomerTicket) -> datetime:
    return max(_resolved_at(ticket), ticket.last_message_at)


def _resolved_at(ticket: CustomerTicket) -> datetime:
    return ticket.resolved_at or ticket.last_message_at
