"""A message is moved from the wrong ticket to the right one (DESIGN §2.1)."""

from datetime import datetime

import msgspec

from service_desk.database import transaction
from service_desk.errors import InvalidInput, NotFound
from service_desk.principal import staff_actor
from service_desk.rows import exists, get, update
from service_desk.rules.tickets.events import TicketOpened
from service_desk.rules.tickets.message_events import MessageMoved
from service_desk.rules.tickets.vocabulary import Channel
from service_desk.tables import Message
from service_desk.tickets.change import TicketChange, TicketFacts, change_ticket, lock_tickets
from service_desk.tickets.conversation import apply_customer_message


class CustomerMessage(msgspec.Struct, frozen=True):
    channel: Channel
    body: str
    at: datetime


async def move_message(number: str, message: int, to: str, *, staff_id: int, now: datetime) -> None:
    """`move_message_as` a member of staff."""
    await move_message_as(staff_actor(staff_id), number, message, to, now=now)


async def move_message_as(actor: str, number: str, message: int, to: str, *, now: datetime) -> None:
    """Move a customer's message, with its attachments, to another open ticket of that customer.

    There it counts as received now: a clock for the reply starts. Here it needs no reply any more.
    Raises NotFound, InvalidInput, MoveNotAllowed.
    """
    if number == to:
        raise InvalidInput("The message is already on this ticket.", field="to")
    async with transaction():
        locked = await lock_tickets(number, to)
        if locked[number].customer != locked[to].customer:
            raise InvalidInput(
                "Ticket {to} belongs to another customer, who would see the message.",
                field="to",
                to=to,
            )
        found = await get_customer_message(locked[number], message)
        async with change_ticket(number, actor=actor, now=now) as here:
            if is_opening_message(here, message):
                raise InvalidInput(
                    "This message opened the ticket. Merge the whole ticket instead.",
                    field="message",
                )
            here.record(MessageMoved(message, to))
        async with change_ticket(to, actor=actor, now=now) as there:
            there.require_open()
            await update(Message, {Message.ticket: locked[to].id}, id=message)
            await apply_customer_message(
                there, message, found.body, found.channel, moved_from=number
            )


async def get_customer_message(ticket: TicketFacts, message: int) -> CustomerMessage:
    """A customer's message on this ticket. Raises NotFound, and InvalidInput for one of ours."""
    found = await get(CustomerMessage, Message, id=message, ticket=ticket.id, direction="in")
    if found is not None:
        return found
    if await exists(Message, id=message, ticket=ticket.id):
        raise InvalidInput("Only messages from the customer can be moved.", field="message")
    raise NotFound("There is no such message on ticket {number}.", number=ticket.number)


def is_opening_message(change: TicketChange, message: int) -> bool:
    return any(
        isinstance(event.data, TicketOpened) and event.data.message == message
        for event in change.events
    )
