"""Which ticket a customer's text or call belongs to (DESIGN §2.1, §2.2).

The ticket whose number it names; else the only open one; else the one with the latest message, if
that was within 72 hours. With none open, the one resolved last, preferring those that can be
reopened. Otherwise it opens a new ticket. A message about an ended ticket goes to its follow-up, if
there is one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from service_desk.rules.tickets.numbers import FoundNumbers, is_typo_of
from service_desk.rules.tickets.states import ENDED, TicketState

RECENT_CONVERSATION = timedelta(hours=72)
REOPEN_WINDOW = timedelta(days=7)
# A new ticket is linked to an earlier one that was not named only if that was resolved recently.
FOLLOW_UP_WINDOW = timedelta(days=30)


class CustomerTicket(Struct, frozen=True):
    """A ticket of the customer who wrote.

    `merged_numbers`: of the tickets merged into it; messages that name them belong here.
    `linked_numbers`: of the earlier tickets that it, or one merged into it, follows.
    """

    number: str
    state: TicketState
    last_message_at: datetime
    resolved_at: datetime | None = None
    merged_numbers: tuple[str, ...] = ()
    linked_numbers: tuple[str, ...] = ()


class TicketChoice(Struct, frozen=True):
    """Join ticket `number`; None: open a new one, linked to `follow_up_of` if that is given.

    `mistyped`: a number named with a wrong check digit, or one digit off a ticket of theirs.
    `unmatched`: a valid number that is no ticket of theirs.
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
    only_thanks: bool = False,
) -> TicketChoice:
    """The customer's ticket that a message belongs to.

    `only_thanks`: the message joins an ended ticket of any age.
    """
    by_number = {
        number: ticket for ticket in tickets for number in (ticket.number, *ticket.merged_numbers)
    }
    own = next((by_number[number] for number in named.valid if number in by_number), None)
    if own is not None:
        return _choose_for(own, tickets, now, only_thanks)
    chosen = _choose_without_number(tickets, now, only_thanks)
    # Digits not marked as a ticket number are most likely something else, unless they are one typo
    # away from a ticket of this customer.
    marked = [number for number in named.valid if number not in named.unmarked]
    typos = [
        typed for typed in named.unmarked if any(is_typo_of(typed, number) for number in by_number)
    ]
    if marked:
        return TicketChoice(chosen.number, chosen.follow_up_of, unmatched=marked[0])
    if wrong := [*named.mistyped, *typos]:
        return TicketChoice(chosen.number, chosen.follow_up_of, mistyped=wrong[0])
    return chosen


def follow_up(
    ticket: CustomerTicket, tickets: Sequence[CustomerTicket], now: datetime
) -> CustomerTicket | None:
    """The ticket that continues an ended one: of its direct and indirect follow-ups an open one,
    else one that can be reopened; the one with the latest activity."""
    if accepts_messages(ticket, now):
        return None
    later = [one for one in _follow_ups(ticket, tickets) if accepts_messages(one, now)]
    return max(later, key=lambda one: (is_open(one), _last_activity_at(one)), default=None)


def is_open(ticket: CustomerTicket) -> bool:
    return ticket.state not in ENDED


def accepts_messages(ticket: CustomerTicket, now: datetime) -> bool:
    """Whether its customer's messages join it: it is open, or can be reopened."""
    return is_open(ticket) or _reopens(ticket, now)


def _choose_without_number(
    tickets: Sequence[CustomerTicket], now: datetime, only_thanks: bool
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
    # The resolution asks the customer to write back if the problem persists.
    latest = max(tickets, key=lambda ticket: (_reopens(ticket, now), _last_activity_at(ticket)))
    choice = _choose_for(latest, tickets, now, only_thanks)
    if choice.number is None and now - _resolved_at(latest) > FOLLOW_UP_WINDOW:
        return TicketChoice(None)
    return choice


def _choose_for(
    ticket: CustomerTicket, tickets: Sequence[CustomerTicket], now: datetime, only_thanks: bool
) -> TicketChoice:
    """For a message about this ticket: the ticket itself while it accepts messages, else its
    follow-up, else a new ticket linked to it."""
    if only_thanks or accepts_messages(ticket, now):
        return TicketChoice(ticket.number)
    if successor := follow_up(ticket, tickets, now):
        return TicketChoice(successor.number)
    return TicketChoice(None, follow_up_of=ticket.number)


def _follow_ups(ticket: CustomerTicket, tickets: Sequence[CustomerTicket]) -> list[CustomerTicket]:
    """Direct and indirect ones; links may form a cycle."""
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
