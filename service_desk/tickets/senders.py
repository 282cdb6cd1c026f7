"""Who is texting or calling: the customer of a phone number, with the tickets that may be meant."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from service_desk.database import fetch
from service_desk.rules.ticket_joining import OwnTicket

MOST = 50  # the newest; older ones are found when they are named


class SendersTicket(msgspec.Struct, frozen=True):
    """`rating_asked_at`: when the customer was last asked to rate it."""

    own: OwnTicket
    id: int
    token: str
    severity: str
    rating_asked_at: datetime | None


class Sender(msgspec.Struct, frozen=True):
    """`tickets`: newest first, without those merged into others."""

    customer: int
    locale: str
    opted_out: bool
    tickets: tuple[SendersTicket, ...] = ()

    def ticket(self, number: str) -> SendersTicket | None:
        """The ticket of that number, or the one it was merged into."""
        for ticket in self.tickets:
            if number == ticket.own.number or number in ticket.own.also:
                return ticket
        return None


# Both halves go by an index: the newest by customer, the named by number. A ticket only follows
# what was there before it.
_TICKETS_OF = """
SELECT c.phone, c.id AS customer, c.locale, c.opted_out_at IS NOT NULL AS opted_out,
    t.*, r.requested_at AS rating_asked_at,
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
_BY_PHONE = _TICKETS_OF.format(who="c.phone = ANY($1)")
_BY_ID = _TICKETS_OF.format(who="c.id = $1")


async def find_sender(phone: str, named: Sequence[str] = ()) -> Sender | None:
    """The customer with that E.164 number, or None. `named`: ticket numbers to look for as well."""
    return (await find_senders([phone], named)).get(phone)


async def known_sender(customer: int, named: Sequence[str] = ()) -> Sender:
    """The customer of that id."""
    return _sender(await fetch(_BY_ID, customer, list(named), MOST))


async def find_senders(phones: Sequence[str], named: Sequence[str] = ()) -> dict[str, Sender]:
    """The customers with these E.164 numbers, as far as we know them, by number."""
    rows = await fetch(_BY_PHONE, list(phones), list(named), MOST)
    return {
        phone: _sender(list(of_one))
        for phone, of_one in groupby(rows, key=lambda row: row["phone"])
    }


def _sender(rows: Sequence[Any]) -> Sender:
    tickets = [row for row in rows if row["id"] is not None]
    return Sender(
        customer=rows[0]["customer"],
        locale=rows[0]["locale"],
        opted_out=rows[0]["opted_out"],
        tickets=tuple(
            _ticket(row, _merged_into(row["id"], tickets))
            for row in tickets
            if row["merged_into"] is None
        ),
    )


def _ticket(row: Any, merged: Sequence[Any]) -> SendersTicket:
    own = OwnTicket(
        row["number"],
        row["state"],
        row["last_message_at"],
        row["resolved_at"],
        also=tuple(one["number"] for one in merged),
        follows=tuple(one["follows"] for one in (row, *merged) if one["follows"]),
    )
    return SendersTicket(own, row["id"], row["token"], row["severity"], row["rating_asked_at"])


def _merged_into(ticket: int, rows: Sequence[Any]) -> list[Any]:
    """The tickets that went into this one, at first or second hand."""
    merged = [row for row in rows if row["merged_into"] == ticket]
    return [one for row in merged for one in (row, *_merged_into(row["id"], rows))]
