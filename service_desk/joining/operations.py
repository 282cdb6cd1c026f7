"""Tickets that belong together or not: merged, linked, split (DESIGN §2.1, §2.2)."""

from datetime import datetime
from typing import cast

from service_desk.clocks.rows import lock_clocks
from service_desk.contacts.finding import NewCustomer
from service_desk.database import transaction
from service_desk.errors import InvalidInput
from service_desk.joining.moving import get_customer_message, is_opening_message
from service_desk.opening.new_ticket import NewTicket, SplitMessage
from service_desk.opening.operations import open_ticket
from service_desk.rules.tickets.vocabulary import Kind
from service_desk.tickets.change import (
    TicketFacts,
    change_ticket,
    lock_ticket,
    lock_tickets,
    staff_actor,
)


async def merge(number: str, into: str, *, staff_id: int, now: datetime) -> None:
    """`merge_as` somebody of the staff."""
    await merge_as(staff_actor(staff_id), number, into, now=now)


async def merge_as(actor: str, number: str, into: str, *, now: datetime) -> None:
    """Close the ticket as a part of another, which shows its messages from then on.

    Its clocks are cancelled, and its number leads the customer to the other ticket, which owes them
    the answer that this one owed. Both must not be closed, and be of the same customer: nobody
    reads what a stranger wrote.
    """
    if number == into:
        raise InvalidInput("A ticket cannot be merged into itself.", field="into")
    async with transaction():
        locked = await lock_tickets(number, into)
        if locked[number].customer != locked[into].customer:
            raise InvalidInput(
                "Ticket {into} is another customer's; link the two instead.",
                field="into",
                into=into,
            )
        async with change_ticket(into, actor=actor, now=now) as whole:
            whole.require_open()
            unanswered_since = await _awaiting_reply_since(locked[number])
            owed = {} if unanswered_since is None else {"unanswered_since": unanswered_since}
            whole.record("ticket.absorbed", **{"from": number}, **owed)
            waiting = [
                one.callback_requested_at for one in locked.values() if one.callback_requested_at
            ]
            whole.set(callback_requested_at=min(waiting, default=None))
        async with change_ticket(number, actor=actor, now=now) as part:
            part.move_to("closed")
            part.set(closed_at=part.now, merged_into=locked[into].id)
            part.record("ticket.merged", into=into)


async def _awaiting_reply_since(ticket: TicketFacts) -> datetime | None:
    """The customer's first word to which nobody on this ticket has answered."""
    return min(
        (
            kept.clock.started_at
            for kept in await lock_clocks(ticket.id)
            if kept.clock.name in ("response", "next_response") and kept.clock.phase == "running"
        ),
        default=None,
    )


async def link(number: str, to: str, *, staff_id: int, now: datetime) -> None:
    """Say that a ticket follows from, or goes with, another; any customer's, in any state."""
    if number == to:
        raise InvalidInput("A ticket cannot be linked to itself.", field="to")
    actor = staff_actor(staff_id)
    async with transaction():
        other = await lock_ticket(to)
        async with change_ticket(number, actor=actor, now=now) as change:
            change.set(linked_to=other.id)
            change.record("ticket.linked", to=to)


async def split_out(
    number: str,
    message: int,
    *,
    kind: Kind | None = None,
    subject: str = "",
    acknowledge: bool = False,
    staff_id: int,
    now: datetime,
) -> str:
    """Open a ticket of its own from something the customer said on this one, with its photos; the
    number of the new ticket, which is linked to this one.

    Its clocks start when the customer said it; here nobody waits for an answer to it any more.
    `kind`: without one, as this ticket. `acknowledge`: the customer is told the new number.
    Raises NotFound, and InvalidInput for what is not the customer's, or opened the ticket.
    """
    actor = staff_actor(staff_id)
    async with transaction():
        ticket = await lock_ticket(number)
        said = await get_customer_message(ticket, message)
        async with change_ticket(number, actor=actor, now=now) as change:
            if is_opening_message(change, message):
                raise InvalidInput(
                    "This message opened the ticket: without it there would be nothing left.",
                    field="message",
                )
            new = NewTicket(
                kind=kind or cast(Kind, ticket.kind),
                subject=subject,
                description=said["body"],
                channel=said["channel"],
                customer=NewCustomer(),
                linked_to=number,
                split=SplitMessage(message, ticket.customer),
            )
            opened = await open_ticket(
                new, actor=actor, received_at=said["at"], now=now, acknowledge=acknowledge
            )
            change.record("message.moved", message=message, to=opened.number, split_out=True)
        return opened.number
