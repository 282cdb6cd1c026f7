"""Which ticket a customer's text or call belongs to (DESIGN §2.1, §2.2).

A number named; else the one open ticket; else the last one written about; with none open, the one
solved last, of those that can be reopened first. What fits none of them is a new ticket.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from service_desk.rules.ticket_numbers import FoundNumbers, is_slip_of

WRITTEN_ABOUT = timedelta(hours=72)
REOPENS_WITHIN = timedelta(days=7)
# A new ticket follows an earlier one that nobody named if that was solved not long ago.
FOLLOWS_WITHIN = timedelta(days=30)


class OwnTicket(Struct, frozen=True):
    """A ticket of the customer who is writing. Numbers of tickets merged into it lead here too."""

    number: str
    state: str
    last_message_at: datetime
    resolved_at: datetime | None = None
    also: tuple[str, ...] = ()


class Joining(Struct, frozen=True):
    """Join `number`, or with None open a new ticket, linked to `follows` if there is one.

    `mistyped` and `not_yours`: a number that the customer named and that led nowhere.
    """

    number: str | None
    follows: str | None = None
    mistyped: str | None = None
    not_yours: str | None = None


def choose_ticket(
    tickets: Sequence[OwnTicket],
    named: FoundNumbers,
    now: datetime,
    *,
    asks_nothing: bool = False,
) -> Joining:
    """Where a message belongs, among the customer's own tickets.

    `asks_nothing`: it is a rating or only thanks, which stays with a solved ticket of any age.
    """
    by_number = {number: ticket for ticket in tickets for number in (ticket.number, *ticket.also)}
    own = next((by_number[number] for number in named.valid if number in by_number), None)
    if own is not None:
        return _on(own, now, asks_nothing)
    chosen = _unnamed(tickets, now, asks_nothing)
    # Digits that nobody called a ticket are most likely something else, unless they are a slip of
    # the pen away from a ticket of theirs.
    claimed = [number for number in named.valid if number not in named.unmarked]
    slips = [
        typed for typed in named.unmarked if any(is_slip_of(typed, number) for number in by_number)
    ]
    if claimed:
        return Joining(chosen.number, chosen.follows, not_yours=claimed[0])
    if wrong := [*named.mistyped, *slips]:
        return Joining(chosen.number, chosen.follows, mistyped=wrong[0])
    return chosen


def is_open(ticket: OwnTicket) -> bool:
    return ticket.state not in ("resolved", "closed")


def _unnamed(tickets: Sequence[OwnTicket], now: datetime, asks_nothing: bool) -> Joining:
    still_open = [ticket for ticket in tickets if is_open(ticket)]
    if len(still_open) == 1:
        return Joining(still_open[0].number)
    if still_open:
        last = max(still_open, key=lambda ticket: ticket.last_message_at)
        recent = now - last.last_message_at <= WRITTEN_ABOUT
        return Joining(last.number if recent else None)
    if not tickets:
        return Joining(None)
    # "Write back if it is not solved": what was solved last was talked about last.
    solved = max(tickets, key=lambda ticket: (_reopens(ticket, now), _last_talked_about(ticket)))
    joining = _on(solved, now, asks_nothing)
    if joining.number is None and now - _solved_at(solved) > FOLLOWS_WITHIN:
        return Joining(None)
    return joining


def _on(ticket: OwnTicket, now: datetime, asks_nothing: bool) -> Joining:
    """A message about this ticket: on it while it is open or can be reopened, else after it."""
    if is_open(ticket) or _reopens(ticket, now) or asks_nothing:
        return Joining(ticket.number)
    return Joining(None, follows=ticket.number)


def _reopens(ticket: OwnTicket, now: datetime) -> bool:
    return ticket.state == "resolved" and now - _solved_at(ticket) <= REOPENS_WITHIN


def _last_talked_about(ticket: OwnTicket) -> datetime:
    return max(_solved_at(ticket), ticket.last_message_at)


def _solved_at(ticket: OwnTicket) -> datetime:
    return ticket.resolved_at or ticket.last_message_at
