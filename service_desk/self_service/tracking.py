"""What a customer sees of a ticket, by the token of its tracking page (DESIGN §3, /t/{token})."""

from datetime import datetime

import msgspec

from service_desk.attachments.queries import ATTACHMENTS_SQL
from service_desk.attachments.schemas import AttachmentView
from service_desk.database import fetch_as
from service_desk.rules.tickets.choice import CustomerTicket
from service_desk.rules.tickets.vocabulary import Channel, Direction, Kind

MAX_MESSAGES = 200  # the newest


class TrackedMessage(msgspec.Struct, frozen=True):
    direction: Direction
    channel: Channel
    automatic: bool
    body: str
    at: datetime
    attachments: list[AttachmentView]


class TrackedTicket(CustomerTicket, frozen=True, kw_only=True):
    """`merged_into`: token of the ticket that this one was merged into. `link_sent_to`: where the
    address of this page goes, unless nothing can or did arrive there."""

    id: int
    token: str
    kind: Kind
    subject: str
    product: str | None
    serial_number: str | None
    received_at: datetime
    resolution: str
    work_started: bool
    score: int | None
    customer: int
    customer_phone: str | None
    customer_email: str | None
    merged_into: str | None
    link_sent_to: str | None


_TICKET = """
SELECT t.id, t.number, t.token, t.state, t.kind, t.subject, t.product, t.serial_number,
    t.received_at, t.last_message_at, t.resolved_at, t.resolution, t.state <> 'new' AS work_started,
    r.score, c.id AS customer, c.phone AS customer_phone, c.email AS customer_email,
    into_.token AS merged_into, (
        SELECT recipient FROM outbox WHERE ticket = t.id AND purpose = 'acknowledgement'
            AND state IN ('queued', 'sending', 'sent', 'delivered') ORDER BY id LIMIT 1
    ) AS link_sent_to
FROM ticket t
    JOIN customer c ON c.id = t.customer
    LEFT JOIN rating r ON r.ticket = t.id
    LEFT JOIN ticket into_ ON into_.id = t.merged_into
WHERE t.token = $1
"""

_MESSAGES = f"""
SELECT direction, channel, automatic, body, at, attachments FROM (
    SELECT m.id, m.direction, m.channel, m.automatic, m.body, m.at,
        {ATTACHMENTS_SQL} AS attachments
    FROM message m JOIN ticket t ON t.id = m.ticket
    WHERE t.token = $1 AND m.visibility = 'public' ORDER BY m.id DESC LIMIT $2
) AS newest ORDER BY id
"""


async def tracked_ticket(token: str) -> TrackedTicket | None:
    tickets = await fetch_as(TrackedTicket, _TICKET, token)
    return tickets[0] if tickets else None


async def tracked_messages(token: str) -> list[TrackedMessage]:
    """The newest public messages, oldest first."""
    return await fetch_as(TrackedMessage, _MESSAGES, token, MAX_MESSAGES)
