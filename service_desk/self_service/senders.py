"""Senders of texts and callers: the customer of a phone number, with their recent tickets."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from service_desk.database import fetch, fetch_as
from service_desk.rules.tickets.choice import CustomerTicket
from service_desk.rules.tickets.vocabulary import Severity
from service_desk.rules.words.languages import Locale
from service_desk.tables.conditions import IS_OPEN

MAX_TICKETS = 50  # the newest; older ones are found by their number


class SenderTicket(CustomerTicket, frozen=True, kw_only=True):
    """With the facts that the intent of a text depends on.

    `rating_requested_at`: when we last asked for a rating. `last_reply_at` and
    `options_offered_at`, of open tickets only: the last public message by staff, and the last
    handling plan with options.
    """

    id: int
    token: str
    severity: Severity
    rating_requested_at: datetime | None
    rated: bool = False
    last_reply_at: datetime | None = None
    options_offered_at: datetime | None = None


class LastMessage(msgspec.Struct, frozen=True):
    """A customer's latest message. `opened_ticket`: it opened its ticket, which nobody has worked
    on since."""

    message: int
    number: str
    body: str
    at: datetime
    opened_ticket: bool


class Sender(msgspec.Struct, frozen=True):
    """`tickets`: newest first, without those merged into others."""

    customer: int | None  # None: not a customer yet
    locale: Locale
    opted_out: bool
    tickets: tuple[SenderTicket, ...] = ()

    def ticket(self, number: str) -> SenderTicket | None:
        """The ticket with this number, or the one that it was merged into."""
        for ticket in self.tickets:
            if number == ticket.number or number in ticket.merged_numbers:
                return ticket
        return None


# A UNION, so that both parts use an index: the newest tickets by customer, the others by number.
# A ticket can only follow up an older one.
_TICKETS_OF = f"""
SELECT c.phone, c.handle, c.id AS customer, c.locale, c.opted_out_at IS NOT NULL AS opted_out,
    t.*, r.requested_at AS rating_requested_at, r.score IS NOT NULL AS rated,
    CASE WHEN t.{IS_OPEN} THEN (
        SELECT max(at) FROM message WHERE ticket = t.id AND direction = 'out'
            AND visibility = 'public' AND NOT automatic) END AS last_reply_at,
    CASE WHEN t.{IS_OPEN} THEN (
        SELECT max(at) FROM ticket_event WHERE ticket = t.id AND type = 'plan.recorded'
            AND data -> 'options' <> '[]') END AS options_offered_at,
    (SELECT number FROM ticket WHERE id = t.linked_to AND id < t.id) AS linked_number
FROM customer c
    LEFT JOIN LATERAL (
        (SELECT id, number, token, state, severity, received_at, last_message_at, resolved_at,
                merged_into, linked_to
            FROM ticket WHERE customer = c.id ORDER BY received_at DESC LIMIT $3)
        UNION
        (SELECT id, number, token, state, severity, received_at, last_message_at, resolved_at,
                merged_into, linked_to
            FROM ticket WHERE number = ANY($2) AND customer = c.id)
    ) AS t ON true
    LEFT JOIN rating r ON r.ticket = t.id
WHERE {{who}}
ORDER BY c.id, t.received_at DESC, t.id DESC
"""
_BY_CONTACT = _TICKETS_OF.format(who="c.phone = ANY($1) OR c.handle = ANY($1)")
_BY_ID = _TICKETS_OF.format(who="c.id = $1")


# A message that opened a ticket cannot be moved. The whole ticket can be merged instead, while
# nobody has worked on it.
_LAST_MESSAGE = """
SELECT message, number, body, at, opened_ticket FROM (
    SELECT m.id AS message, t.number, m.body, m.at,
        EXISTS (SELECT FROM ticket_event WHERE ticket = t.id AND type = 'ticket.opened'
            AND (data ->> 'message')::bigint = m.id) AS opened_ticket,
        t.state = 'new' AND t.assignee IS NULL AND NOT EXISTS (
            SELECT FROM message other WHERE other.ticket = t.id AND other.id <> m.id
                AND NOT other.automatic) AS untouched
    FROM (SELECT * FROM ticket WHERE customer = $1 ORDER BY last_message_at DESC LIMIT $2) AS t
        CROSS JOIN LATERAL (
            SELECT id, body, at FROM message WHERE ticket = t.id AND direction = 'in'
            ORDER BY id DESC LIMIT 1) AS m
    ORDER BY m.at DESC, m.id DESC LIMIT 1) AS last
WHERE untouched OR NOT opened_ticket
"""


# Our messages have their provider's id in the outbox, those of customers in their own row.
_QUOTED = """
SELECT provider_id, (SELECT number FROM ticket WHERE id = ticket_) AS number FROM (
    SELECT provider_id, ticket AS ticket_ FROM outbox WHERE provider_id = ANY($1)
    UNION ALL SELECT provider_id, ticket FROM message WHERE provider_id = ANY($1)) AS quoted
WHERE ticket_ IS NOT NULL
"""


async def quoted_tickets(provider_ids: Sequence[str]) -> dict[str, str]:
    """The numbers of the tickets that messages with these ids of the provider are on, by id."""
    if not provider_ids:
        return {}
    rows = await fetch(_QUOTED, list(provider_ids))
    return {row["provider_id"]: row["number"] for row in rows}


async def find_sender(phone: str, ticket_numbers: Sequence[str] = ()) -> Sender | None:
    """The customer with this E.164 number, or None. `ticket_numbers`: older tickets to include."""
    return (await find_senders([phone], ticket_numbers)).get(phone)


async def sender_by_id(customer: int, ticket_numbers: Sequence[str] = ()) -> Sender:
    """The customer with this id, who exists."""
    return _sender(await fetch(_BY_ID, customer, list(ticket_numbers), MAX_TICKETS))


async def find_senders(
    contacts: Sequence[str], ticket_numbers: Sequence[str] = ()
) -> dict[str, Sender]:
    """The customers with these E.164 numbers or handles, by both; those that are unknown are left
    out."""
    rows = await fetch(_BY_CONTACT, list(contacts), list(ticket_numbers), MAX_TICKETS)
    found: dict[str, Sender] = {}
    for _, group in groupby(rows, key=lambda row: row["customer"]):
        tickets = list(group)
        sender = _sender(tickets)
        keys = (tickets[0]["phone"], tickets[0]["handle"])
        found |= {key: sender for key in keys if key is not None}
    return found


async def last_message(customer: int) -> LastMessage | None:
    """None, too, if it cannot be moved to another ticket any more."""
    rows = await fetch_as(LastMessage, _LAST_MESSAGE, customer, MAX_TICKETS)
    return rows[0] if rows else None


def _sender(rows: Sequence[Any]) -> Sender:
    tickets = [row for row in rows if row["id"] is not None]
    return Sender(
        customer=rows[0]["customer"],
        locale=rows[0]["locale"],
        opted_out=rows[0]["opted_out"],
        tickets=tuple(
            _ticket(row, _merged_tickets(row["id"], tickets))
            for row in tickets
            if row["merged_into"] is None
        ),
    )


def _ticket(row: Any, merged: Sequence[Any]) -> SenderTicket:
    return SenderTicket(
        id=row["id"],
        number=row["number"],
        token=row["token"],
        state=row["state"],
        severity=row["severity"],
        last_message_at=row["last_message_at"],
        resolved_at=row["resolved_at"],
        merged_numbers=tuple(one["number"] for one in merged),
        linked_numbers=tuple(
            one["linked_number"] for one in (row, *merged) if one["linked_number"]
        ),
        rating_requested_at=row["rating_requested_at"],
        rated=row["rated"],
        last_reply_at=row["last_reply_at"],
        options_offered_at=row["options_offered_at"],
    )


def _merged_tickets(ticket: int, rows: Sequence[Any]) -> list[Any]:
    """The tickets that were merged into this one, directly or through others."""
    merged = [row for row in rows if row["merged_into"] == ticket]
    return [one for row in merged for one in (row, *_merged_tickets(row["id"], rows))]
