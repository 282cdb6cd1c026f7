"""What the built-in handset shows: customers' phones, and the texts and e-mails on them."""

from datetime import datetime

from msgspec import Struct

from service_desk.attachments.queries import ATTACHMENTS_SQL
from service_desk.attachments.schemas import AttachmentView
from service_desk.database import fetch_as
from service_desk.rows import list_rows
from service_desk.rules.messages.vocabulary import OutboxState, TextChannel
from service_desk.rules.words.languages import Locale
from service_desk.tables import Outbox
from service_desk.tables.conditions import IS_OPEN

MAX_CUSTOMERS, MAX_BUBBLES, MAX_MAILS = 12, 100, 50

OPEN_TICKETS_SQL = f"""
(SELECT count(*) FROM ticket WHERE customer = c.id AND {IS_OPEN})::int
"""
PHONE_OWNERS = f"""
SELECT c.phone, c.name, c.locale, {OPEN_TICKETS_SQL} AS open_tickets
FROM customer c
JOIN LATERAL (SELECT max(last_message_at) AS at FROM ticket WHERE customer = c.id) AS last ON true
WHERE c.phone IS NOT NULL AND last.at IS NOT NULL ORDER BY last.at DESC LIMIT $1
"""
PHONE_OWNER = f"""
SELECT c.phone, c.name, c.locale, {OPEN_TICKETS_SQL} AS open_tickets FROM customer c
WHERE c.phone = $1
"""
# Texts that opened no ticket (commands, thanks) are in the receipts only.
BUBBLES = f"""
SELECT incoming, channel, body, at, token, attachments FROM (
    SELECT true AS incoming, split_part(r.key, ':', 1) AS channel, r.body, r.at,
        0 AS id, t.token,
        {ATTACHMENTS_SQL} AS attachments
    FROM inbound_receipt r LEFT JOIN message m ON m.provider_id = split_part(r.key, ':', 2)
        LEFT JOIN ticket t ON t.id = m.ticket
    WHERE r.contact = $1 AND (r.key LIKE 'sms:%' OR r.key LIKE 'whatsapp:%')
    UNION ALL
    SELECT true, m.channel, m.body, m.at, m.id, t.token, {ATTACHMENTS_SQL} FROM message m
        JOIN ticket t ON t.id = m.ticket JOIN customer c ON c.id = t.customer
    WHERE c.phone = $1 AND m.direction = 'in' AND m.channel IN ('sms', 'whatsapp')
        AND NOT EXISTS (
            SELECT FROM inbound_receipt WHERE key = m.channel || ':' || m.provider_id)
    UNION ALL
    SELECT false, channel, body, coalesce(sent_at, created_at), id, NULL, '[]' FROM outbox
    WHERE recipient = $1 AND channel IN ('sms', 'whatsapp')
        AND state IN ('sent', 'delivered')
    ORDER BY at DESC, incoming, id DESC LIMIT $2
) AS newest ORDER BY at, incoming DESC, id
"""
UNREPORTED_TEXTS = """
SELECT id, recipient, channel = 'whatsapp' AS whatsapp FROM outbox
WHERE channel IN ('sms', 'whatsapp') AND state = 'sent' AND provider_id IS NULL
    AND purpose <> 'auto_reply' ORDER BY id LIMIT $1
"""


class PhoneOwner(Struct, frozen=True):
    """The customer whose phone it is."""

    phone: str
    name: str
    locale: Locale
    open_tickets: int


class Bubble(Struct, frozen=True):
    """A text on the phone: `incoming` to the desk, else from it. Its photos are the ticket's."""

    incoming: bool
    channel: TextChannel
    body: str
    at: datetime
    token: str | None
    attachments: list[AttachmentView]


class UnreportedText(Struct, frozen=True):
    """A text whose delivery the handset has yet to report. `id`: of its outbox row."""

    id: int
    recipient: str
    whatsapp: bool


class Mail(Struct, frozen=True):
    """An e-mail of the desk. `state`: of its outbox row."""

    id: int
    recipient: str
    subject: str
    body: str
    at: datetime
    state: OutboxState


async def phone_owners() -> list[PhoneOwner]:
    """Those with the newest messages first."""
    return await fetch_as(PhoneOwner, PHONE_OWNERS, MAX_CUSTOMERS)


async def phone_owner(phone: str) -> PhoneOwner | None:
    found = await fetch_as(PhoneOwner, PHONE_OWNER, phone)
    return found[0] if found else None


async def bubbles(phone: str) -> list[Bubble]:
    """The texts of that phone, oldest first: what was texted, commands too, and what was sent."""
    return await fetch_as(Bubble, BUBBLES, phone, MAX_BUBBLES)


async def unreported_texts(limit: int) -> list[UnreportedText]:
    """Sent texts without a delivery report. Not replies in a webhook's response: those are reported
    by whoever sent the webhook."""
    return await fetch_as(UnreportedText, UNREPORTED_TEXTS, limit)


async def mails() -> list[Mail]:
    """The newest e-mails of the desk, to all recipients."""
    return await list_rows(
        Mail,
        Outbox,
        columns={"at": Outbox.created_at},
        channel="email",
        order_by=Outbox.id,
        descending=True,
        limit=MAX_MAILS,
    )
