"""A message that came to the wrong ticket goes to the right one (DESIGN §2.1)."""

from datetime import datetime

import asyncpg

from service_desk.database import fetch, fetch_one, transaction
from service_desk.errors import InvalidInput, NotFound
from service_desk.tickets.change import (
    TicketChange,
    TicketFacts,
    change_ticket,
    lock_tickets,
    staff_actor,
)
from service_desk.tickets.conversation import apply_customer_message


async def move_message(number: str, message: int, to: str, *, staff_id: int, now: datetime) -> None:
    """`move_message_as` somebody of the staff."""
    await move_message_as(staff_actor(staff_id), number, message, to, now=now)


async def move_message_as(actor: str, number: str, message: int, to: str, *, now: datetime) -> None:
    """Take something the customer said to another open ticket of theirs, with its photos.

    There it counts as said now: the clock for its answer starts. Here nobody waits for an answer
    to it any more. Raises NotFound, InvalidInput, MoveNotAllowed.
    """
    if number == to:
        raise InvalidInput("The message is on this ticket already.", field="to")
    async with transaction():
        locked = await lock_tickets(number, to)
        if locked[number].customer != locked[to].customer:
            raise InvalidInput(
                "Ticket {to} is another customer's: they would read what this one wrote.",
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
            here.record("message.moved", message=message, to=to)
        async with change_ticket(to, actor=actor, now=now) as there:
            there.require_open()
            await fetch("UPDATE message SET ticket = $2 WHERE id = $1", message, locked[to].id)
            await apply_customer_message(
                there, message, found["body"], found["channel"], moved_from=number
            )


async def get_customer_message(ticket: TicketFacts, message: int) -> asyncpg.Record:
    """A message of the customer's on this ticket: channel, body, at. Raises NotFound, InvalidInput
    for what somebody else said."""
    found = await fetch_one(
        "SELECT direction, channel, body, at FROM message WHERE id = $1 AND ticket = $2",
        message,
        ticket.id,
    )
    if found is None:
        raise NotFound("There is no such message on ticket {number}.", number=ticket.number)
    if found["direction"] != "in":
        raise InvalidInput("Only what the customer said can be moved.", field="message")
    return found


def is_opening_message(change: TicketChange, message: int) -> bool:
    return any(
        event.type == "ticket.opened" and event.data.get("message") == message
        for event in change.events
    )
