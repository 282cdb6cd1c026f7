"""Tickets that are merged, linked, or split (DESIGN §2.1, §2.2)."""

from datetime import datetime

from service_desk.clocks.rows import lock_clocks
from service_desk.contacts.finding import NewCustomer
from service_desk.database import transaction
from service_desk.errors import InvalidInput
from service_desk.linking.message_moves import get_customer_message, is_opening_message
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.principal import staff_actor
from service_desk.rules.tickets.events import TicketAbsorbed, TicketLinked, TicketMerged
from service_desk.rules.tickets.message_events import MessageMoved
from service_desk.rules.tickets.vocabulary import Kind
from service_desk.tickets.change import TicketFacts, change_ticket, lock_ticket, lock_tickets


async def merge(number: str, into: str, *, staff_id: int, now: datetime) -> None:
    """`merge_as` a member of staff."""
    await merge_as(staff_actor(staff_id), number, into, now=now)


async def merge_as(actor: str, number: str, into: str, *, now: datetime) -> None:
    """Close the ticket as a part of another one, which shows its messages from then on.

    Its clocks are cancelled, and its number leads the customer to the other ticket, which takes
    over the reply that is due. Both must belong to the same customer, who would see the messages of
    both, and neither may be closed. Raises InvalidInput, MoveNotAllowed, NotFound.
    """
    if number == into:
        raise InvalidInput("A ticket cannot be merged into itself.", field="into")
    async with transaction():
        locked = await lock_tickets(number, into)
        if locked[number].customer != locked[into].customer:
            raise InvalidInput(
                "Ticket {into} belongs to another customer; link the two instead.",
                field="into",
                into=into,
            )
        async with change_ticket(into, actor=actor, now=now) as whole:
            whole.require_open()
            whole.record(TicketAbsorbed(number, await _unanswered_since(locked[number])))
            requested = [
                ticket.callback_requested_at
                for ticket in locked.values()
                if ticket.callback_requested_at is not None
            ]
            whole.set(callback_requested_at=min(requested, default=None))
        async with change_ticket(number, actor=actor, now=now) as part:
            part.move_to("closed")
            part.set(closed_at=part.now, merged_into=locked[into].id)
            part.record(TicketMerged(into))


async def _unanswered_since(ticket: TicketFacts) -> datetime | None:
    """When the customer's first message without a reply was received on this ticket."""
    clocks = [stored.clock for stored in await lock_clocks(ticket.id)]
    return min(
        (
            clock.started_at
            for clock in clocks
            if clock.name in ("response", "next_response") and clock.phase == "running"
        ),
        default=None,
    )


async def link(number: str, to: str, *, staff_id: int, now: datetime) -> None:
    """Link a ticket to one that it follows or belongs with; of any customer, in any state."""
    if number == to:
        raise InvalidInput("A ticket cannot be linked to itself.", field="to")
    actor = staff_actor(staff_id)
    async with transaction():
        other = await lock_ticket(to)
        async with change_ticket(number, actor=actor, now=now) as change:
            change.set(linked_to=other.id)
            change.record(TicketLinked(to))


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
    """Open a new ticket from a customer's message on this one, with its attachments, and link it to
    this one. Returns its number.

    Its clocks start when the message was received; here the message needs no reply any more.
    `kind`: by default that of this ticket. `acknowledge`: send the customer the new number.
    Raises NotFound, and InvalidInput for a message of ours or the one that opened the ticket.
    """
    actor = staff_actor(staff_id)
    async with transaction():
        ticket = await lock_ticket(number)
        found = await get_customer_message(ticket, message)
        async with change_ticket(number, actor=actor, now=now) as change:
            if is_opening_message(change, message):
                raise InvalidInput(
                    "This message opened the ticket: nothing would be left of it.",
                    field="message",
                )
            new = NewTicket(
                kind=kind or ticket.kind,
                subject=subject,
                body=found.body,
                channel=found.channel,
                customer=NewCustomer(),
                linked_to=number,
                split_message=message,
                customer_id=ticket.customer,
                actor=actor,
                received_at=found.at,
                acknowledge=acknowledge,
            )
            opened = await open_ticket(new, now=now)
            change.record(MessageMoved(message, opened.number, split_out=True))
        return opened.number
