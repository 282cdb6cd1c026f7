"""The messages of a ticket, as rows, and notifying staff of what concerns them."""

from datetime import datetime

from service_desk.database import fetch_value
from service_desk.notifications.operations import notify
from service_desk.principal import staff_id_of
from service_desk.rules.messages.vocabulary import NotificationKind
from service_desk.rules.tickets.vocabulary import Channel, Direction, Visibility
from service_desk.tickets.change import TicketChange

# Plain SQL: every text that comes in and every reply runs it.
_INSERT = """
INSERT INTO message (ticket, direction, visibility, channel, author, automatic, body, provider_id,
    at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""


async def insert_message(
    ticket: int,
    body: str,
    *,
    direction: Direction,
    channel: Channel | None,
    at: datetime,
    visibility: Visibility = "public",
    author: int | None = None,
    automatic: bool = False,
    provider_id: str | None = None,
) -> int:
    """The id of the new message.

    `channel`: None for notes. `author`: a member of staff. `provider_id`: the carrier's id of a
    received message (MessageSid, RecordingSid), which must be new.
    """
    return await fetch_value(
        _INSERT,
        ticket, direction, visibility, channel, author, automatic, body, provider_id, at,
    )  # fmt: skip


async def notify_about(change: TicketChange, kind: NotificationKind, *people: int | None) -> None:
    """Notify people about the ticket that changes, but not of what they did themselves. See
    `notify`."""
    ticket = change.ticket
    await notify(
        kind,
        *people,
        ticket=ticket.id,
        number=ticket.number,
        subject=ticket.subject,
        by=staff_id_of(change.actor),
        now=change.now,
    )
