"""Who is texting or calling: the customer of a phone number, with the tickets that may be meant."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from service_desk.database import fetch, fetch_as
from service_desk.rules.tickets.joining import CustomerTicket

MAX_TICKETS = 50  # the newest; older ones are found when they are named


class SenderTicket(msgspec.Struct, frozen=True):
    """`rating_requested_at`: when the customer was last asked to rate it; `rated`: whether they have.
    `last_reply_at` and `options_offered_at`, of an open one: when staff last said something to the customer,
    and last had options to offer.
    """

    own: CustomerTicket
    id: int
    token: str
    severity: str
    rating_requested_at: datetime | None
    rated: bool = False
    last_reply_at: datetime | None = None
    options_offered_at: datetime | None = None


class LastMessage(msgspec.Struct, frozen=True):
    """What a customer said last, on the ticket of that `number`. `opened`: it is these words that
    opened it, and nobody has been at work on it."""

    message: int
    number: str
    body: str
    at: datetime
    opened: bool


class Sender(msgspec.Struct, frozen=True):
    """`tickets`: newest first, without those merged into others."""

    customer: int
    locale: str
    opted_out: bool
    tickets: tuple[SenderTicket, ...] = ()

    def ticket(self, number: str) -> SenderTicket | None:
        """The ticket of that number, or the one it was merged into."""
        for ticket in self.tickets:
            if number == ticket.own.number or number in ticket.own.also:
                return ticket
        return None


# Both halves go by an index: the newest by customer, the named by number. A ticket only follows
# what was there before it.
_TICKETS_OF = """
SELECT c.phone, c.handle, c.id AS customer, c.locale, c.opted_out_at IS NOT NULL AS opted_out,
    t.*, r.requested_at AS rating_requested_at, r.score IS NOT NULL AS rated,
    CASE WHEN t.state NOT IN ('resolved', 'closed') THEN (
        SELECT max(at) FROM message WHERE ticket = t.id AND direction = 'out'
            AND visibility = 'public' AND NOT automatic) END AS last_reply_at,
    CASE WHEN t.state NOT IN ('resolved', 'closed') THEN (
        SELECT max(at) FROM ticket_event WHERE ticket = t.id AND type = 'plan.recorded'
            AND data -> 'options' <> '[]') END AS options_offered_at,
    (SELECT number FROM ticket WHERE id = t.linked_to AND id < t.id) AS follows
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
WHERE {who}
ORDER BY c.id, t.received_at DESC, t.id DESC
"""
_BY_CONTACT = _TICKETS_OF.format(who="c.phone = ANY($1) OR c.handle = ANY($1)")
_BY_ID = _TICKETS_OF.format(who="c.id = $1")


# What opened a ticket cannot be moved, only the whole ticket merged, and that only while nobody has
# been at work on it.
_LAST_WORDS = """
SELECT message, number, body, at, opened FROM (
    SELECT m.id AS message, t.number, m.body, m.at,
        EXISTS (SELECT FROM ticket_event WHERE ticket = t.id AND type = 'ticket.opened'
            AND (data ->> 'message')::bigint = m.id) AS opened,
        t.state = 'new' AND t.assignee IS NULL AND NOT EXISTS (
            SELECT FROM message other WHERE other.ticket = t.id AND other.id <> m.id
                AND NOT other.automatic) AS untouched
    FROM (SELECT * FROM ticket WHERE customer = $1 ORDER BY last_message_at DESC LIMIT $2) AS t
        CROSS JOIN LATERAL (
            SELECT id, body, at FROM message WHERE ticket = t.id AND direction = 'in'
            ORDER BY id DESC LIMIT 1) AS m
    ORDER BY m.at DESC, m.id DESC LIMIT 1) AS last
WHERE untouched OR NOT opened
"""


async def find_sender(phone: str, named: Sequence[str] = ()) -> Sender | None:
    """The customer with that E.164 number, or None. `named`: ticket numbers to look for as well."""
    return (await find_senders([phone], named)).get(phone)


async def sender_by_id(customer: int, named: Sequence[str] = ()) -> Sender:
    """The customer of that id."""
    return _sender(await fetch(_BY_ID, customer, list(named), MAX_TICKETS))


async def find_senders(contacts: Sequence[str], named: Sequence[str] = ()) -> dict[str, Sender]:
    """The customers with these E.164 numbers or handles, as far as we know them, by both."""
    rows = await fetch(_BY_CONTACT, list(contacts), list(named), MAX_TICKETS)
    found: dict[str, Sender] = {}
    for _, of_one in groupby(rows, key=lambda row: row["customer"]):
        tickets = list(of_one)
        sender = _sender(tickets)
        contacts_of_one = (tickets[0]["phone"], tickets[0]["handle"])
        found |= {contact: sender for contact in contacts_of_one if contact is not None}
    return found


async def last_message(customer: int) -> LastMessage | None:
    """None also where they cannot go to another ticket any more."""
    rows = await fetch_as(LastMessage, _LAST_WORDS, customer, MAX_TICKETS)
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
    own = CustomerTicket(
        row["number"],
        row["state"],
        row["last_message_at"],
        row["resolved_at"],
        also=tuple(one["number"] for one in merged),
        follows=tuple(one["follows"] for one in (row, *merged) if one["follows"]),
    )
    return SenderTicket(
        own, row["id"], row["token"], row["severity"], row["rating_requested_at"], row["rated"],
        row["last_reply_at"], row["options_offered_at"],
    )  # fmt: skip


def _merged_tickets(ticket: int, rows: Sequence[Any]) -> list[Any]:
    """The tickets that went into this one, at first or second hand."""
    merged = [row for row in rows if row["merged_into"] == ticket]
    return [one for row in merged for one in (row, *_merged_tickets(row["id"], rows))]
