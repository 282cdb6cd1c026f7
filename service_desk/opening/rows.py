"""The rows of new tickets: their facts are read in one query, they are written in one statement.

This is the hot path of the intake, so both take any number of tickets at a time: each argument is
a column, with one value for each ticket.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.rows import (
    CLOCK_COLUMNS,
    StoredClock,
    append_events,
    append_events_sql,
    clock_columns,
    event_columns,
    upsert_clocks,
    wake_sweep,
)
from service_desk.clocks.versions import CURRENT_VERSIONS_SQL, load_versions
from service_desk.contacts.finding import FoundCustomer
from service_desk.database import fetch, to_json
from service_desk.errors import InvalidInput
from service_desk.opening.new_ticket import NewTicket, OpenedTicket
from service_desk.principal import SYSTEM
from service_desk.rules.clocks.fold import Clock
from service_desk.rules.clocks.ranking import Ranking
from service_desk.rules.tickets.event import Event
from service_desk.rules.words.search_tokens import tokens
from service_desk.suppliers.naming import SupplierRef
from service_desk.tables.conditions import IS_OPEN
from service_desk.tickets.sending import MessageToSend, SentMessage
from service_desk.triage.categories import suggested_category


class OpeningRows(msgspec.Struct, frozen=True):
    """Everything that is written when a ticket is opened. `facts`: its row of `gather`.
    `acknowledgement`: what its customer is sent, if anything."""

    new: NewTicket
    customer: FoundCustomer
    facts: Any
    opened: OpenedTicket
    clocks: Sequence[Clock]
    ranking: Ranking
    events: Sequence[Event]
    acknowledgement: MessageToSend | None = None

    @property
    def actors(self) -> list[str]:
        """Of `events`: who opened it caused the first, and the system what follows from that."""
        return [self.new.actor, *[SYSTEM] * (len(self.events) - 1)]


class NewlyOpened(msgspec.Struct, frozen=True):
    """A ticket that was opened, with all that is known of it then, so that nobody needs to read it.
    `sent`: its acknowledgement. `version`: None if others may have written to its history."""

    rows: OpeningRows
    sent: SentMessage | None
    version: int | None
    recorded_at: datetime

    @property
    def opened(self) -> OpenedTicket:
        return self.rows.opened


# An open ticket of the same customer that is likely about the same matter as {0}.
SAME_MATTER = f"""
    ticket.{IS_OPEN} AND ticket.category IS NOT DISTINCT FROM {{0}}.category
        AND (ticket.product = {{0}}.product OR ticket.supplier = {{0}}.supplier
            -- Neither product nor supplier is known: the category alone decides.
            OR {{0}}.category IS NOT NULL AND coalesce(ticket.product, {{0}}.product,
                ticket.supplier::text, {{0}}.supplier::text) IS NULL)
"""
_GATHER = f"""
SELECT nextval('ticket_id_seq') AS id, nextval('message_id_seq') AS message,
    CASE WHEN acknowledge THEN nextval('message_id_seq') END AS acknowledgement, facts.*,
    duplicate.id AS duplicate_of, duplicate.number AS duplicate_number
FROM (
    SELECT new.*, {CURRENT_VERSIONS_SQL}, earlier.id AS linked_to,
        category.id AS category, category.code AS category_code,
        (SELECT count(*) FROM ticket WHERE customer = new.customer AND kind = 'complaint'
            AND received_at < new.received_at
            AND received_at >= new.received_at - interval '30 days'
        )::int AS earlier_complaints,
        EXISTS (SELECT FROM webhook_subscription WHERE deleted_at IS NULL) AS subscribed
    FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[], $6::text[],
            $7::bool[])
            WITH ORDINALITY AS new (customer, received_at, given_category, supplier, linked_number,
                product, acknowledge, place)
        LEFT JOIN category ON category.code = new.given_category
        LEFT JOIN ticket earlier ON earlier.number = new.linked_number
) AS facts
LEFT JOIN LATERAL (
    SELECT id, number FROM ticket
    WHERE customer = facts.customer AND {SAME_MATTER.format("facts")}
    ORDER BY id DESC LIMIT 1
) AS duplicate ON true
ORDER BY facts.place
"""


async def gather(
    new: Sequence[NewTicket],
    customers: Sequence[FoundCustomer],
    suppliers: Sequence[SupplierRef | None],
) -> list[Any]:
    """Ids, current versions, the category given or suggested, earlier complaints and likely
    duplicates: a row for each ticket.

    Raises InvalidInput for a category that does not exist.
    """
    rows = await fetch(
        _GATHER,
        [customer.id for customer in customers],
        [ticket.received_at for ticket in new],
        [ticket.category or await suggested_category(ticket.subject_and_body) for ticket in new],
        [supplier and supplier.id for supplier in suppliers],
        [ticket.linked_to for ticket in new],
        [ticket.product for ticket in new],
        [ticket.acknowledge for ticket in new],
    )
    for row, ticket in zip(rows, new, strict=True):
        if ticket.category is not None and row["category"] is None:
            raise InvalidInput(
                "There is no category {code}. Leave it out to have one suggested.",
                field="category",
                code=ticket.category,
            )
    return rows


# Columns of `ticket` with their PostgreSQL types, in the order of `_ticket_row`.
_TICKET = {
    "id": "bigint",
    "number": "text",
    "token": "text",
    "kind": "text",
    "severity": "text",
    "channel": "text",
    "subject": "text",
    "description": "text",
    "locale": "text",
    "customer": "bigint",
    "product": "text",
    "serial_number": "text",
    "category": "bigint",
    "category_confirmed": "bool",
    "supplier": "bigint",
    "external_id": "text",
    "duplicate_of": "bigint",
    "linked_to": "bigint",
    "received_at": "timestamptz",
    "last_message_at": "timestamptz",
    "earlier_complaints": "int",
    "rank_at": "timestamptz",
    "rank_because": "jsonb",
}
_FIRST_OF_CLOCKS = len(_TICKET) + 4
_GIVEN = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_TICKET.values(), 1))
_INSERT = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest({_GIVEN}, ${len(_TICKET) + 1}::text[], ${len(_TICKET) + 2}::bigint[],
            ${len(_TICKET) + 3}::text[])
        AS given ({", ".join(_TICKET)}, search, message, provider_id)),
opened AS (
    INSERT INTO ticket ({", ".join(_TICKET)}, state, cause, reopen_count, resolution, search)
    SELECT {", ".join(_TICKET)}, 'new', 'unknown', 0, '',
        array_to_tsvector(string_to_array(search, ' '))
    FROM given),
clocks AS ({upsert_clocks(_FIRST_OF_CLOCKS)}),
history AS ({append_events_sql(_FIRST_OF_CLOCKS + CLOCK_COLUMNS)} RETURNING id, ticket),
messages AS (
    INSERT INTO message (id, ticket, direction, visibility, channel, automatic, body, provider_id,
        at)
    SELECT message, id, 'in', 'public', channel, false, description, provider_id, received_at
    FROM given
    ON CONFLICT (id) DO UPDATE SET ticket = excluded.ticket)
SELECT ticket, max(id) AS version FROM history GROUP BY ticket
"""


async def insert(openings: Sequence[OpeningRows], now: datetime) -> dict[int, int]:
    """Insert the tickets with their first messages, their clocks and their events, unless webhooks
    are sent of them: those need the row of the ticket, and its messages (`append_history`).

    Returns the version of each whose events were written.
    """
    tickets = [_ticket_row(rows) for rows in openings]
    clocks = [StoredClock(rows.opened.id, clock) for rows in openings for clock in rows.clocks]
    subscribed = openings[0].facts["subscribed"]
    columns = clock_columns(clocks, await load_versions())
    written = await fetch(
        _INSERT,
        *(list(column) for column in zip(*tickets, strict=True)),
        *columns,
        *event_columns(*_history(() if subscribed else openings), now),
    )
    wake_sweep(columns)
    return {row["ticket"]: row["version"] for row in written}


async def append_history(openings: Sequence[OpeningRows], now: datetime) -> None:
    """The events that `insert` left, with the webhooks of them."""
    if openings[0].facts["subscribed"]:
        await append_events(*_history(openings), now)


def _history(openings: Sequence[OpeningRows]) -> tuple[list[int], list[Event], list[str]]:
    """Tickets, events and actors, as parallel columns for `append_events`."""
    return (
        [rows.opened.id for rows in openings for _ in rows.events],
        [event for rows in openings for event in rows.events],
        [actor for rows in openings for actor in rows.actors],
    )


def _ticket_row(rows: OpeningRows) -> tuple[Any, ...]:
    new, customer, facts, opened = rows.new, rows.customer, rows.facts, rows.opened
    return (
        opened.id, opened.number, opened.token, new.kind, opened.severity, new.channel,
        new.subject, new.body, customer.locale, customer.id, new.product,
        new.serial_number, facts["category"], new.category is not None, facts["supplier"],
        new.external_id, facts["duplicate_of"], facts["linked_to"], new.received_at,
        new.received_at, facts["earlier_complaints"], rows.ranking.rank_at,
        to_json(rows.ranking.because), " ".join(_searchable(new, opened.number, customer)),
        new.split_message or facts["message"], new.provider_id,
    )  # fmt: skip


def _searchable(new: NewTicket, number: str, customer: FoundCustomer) -> Sequence[str]:
    parts = [
        number, new.subject, new.body, new.product, new.serial_number, new.supplier,
        new.external_id, customer.name, customer.phone, customer.email,
        *(customer.other_details.given if customer.other_details else ()),
    ]  # fmt: skip
    return tokens("\n".join(part for part in parts if part))
