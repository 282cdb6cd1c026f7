"""Tickets that belong together: one merged into another, or only linked (DESIGN §2.2)."""

from datetime import datetime

from service_desk.database import transaction
from service_desk.errors import InvalidInput
from service_desk.tickets.change import change_ticket, lock_ticket, staff_actor


async def merge(number: str, into: str, *, staff_id: int, now: datetime) -> None:
    """Close the ticket as a part of another, which shows its messages from then on.

    Its clocks are cancelled, and its number leads the customer to the other ticket. Both must not
    be closed, and be of the same customer: nobody reads what a stranger wrote.
    """
    if number == into:
        raise InvalidInput("A ticket cannot be merged into itself.", field="into")
    actor = staff_actor(staff_id)
    async with transaction():
        # Locked in one order, so that two merges crosswise do not wait for each other.
        locked = {one: await lock_ticket(one) for one in sorted((number, into))}
        if locked[number].customer != locked[into].customer:
            raise InvalidInput(
                "Ticket {into} is another customer's; link the two instead.",
                field="into",
                into=into,
            )
        async with change_ticket(into, actor=actor, now=now) as whole:
            whole.must_be_open()
            whole.record("ticket.absorbed", **{"from": number})
            waiting = [one.callback_asked_at for one in locked.values() if one.callback_asked_at]
            whole.set(callback_asked_at=min(waiting, default=None))
        async with change_ticket(number, actor=actor, now=now) as part:
            part.move_to("closed")
            part.set(closed_at=part.now, merged_into=locked[into].id)
            part.record("ticket.merged", into=into)


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
