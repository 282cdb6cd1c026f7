"""A batch of imported rows as tickets: the same rows and events as `open_ticket` would write.

Set by set instead of ticket by ticket: a thousand rows cost about twenty statements.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.rows import append_events
from service_desk.database import fetch
from service_desk.imports.clocks import start_clocks
from service_desk.imports.customers import customers_of
from service_desk.imports.files.mapping import Mapping
from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.imports.history import imported_events
from service_desk.imports.references import categories_of, suppliers_of
from service_desk.rules.tickets.numbers import make_number
from service_desk.rules.words.search_tokens import tokens


class ImportContext(msgspec.Struct, frozen=True):
    """Who imports what: `actor` as the history names them."""

    run: int
    mapping: Mapping
    actor: str
    now: datetime


class RowKeys(msgspec.Struct, frozen=True):
    """What a row got on its way into the database."""

    ticket: int
    number: str
    message: int
    customer: int
    tier: str
    category: int | None
    category_code: str | None
    supplier: int | None


async def write_tickets(rows: Sequence[ImportedRow], origin: ImportContext) -> list[str]:
    """Write the rows, all of them new to the desk; returns their ticket numbers.

    Joins the caller's transaction, which holds the source's lock (operations.py).
    """
    if not rows:
        return []
    customers = await customers_of(rows, origin.now)
    suppliers = await suppliers_of(rows, origin.now)
    categories = await categories_of(rows, origin.mapping)
    ids = await _next_ids(len(rows))
    places = [
        RowKeys(
            ticket=ticket,
            number=make_number(ticket),
            message=message,
            customer=customer.id,
            tier=customer.tier,
            category=categories[code] if (code := row.category) else None,
            category_code=row.category,
            supplier=suppliers[row.supplier] if row.supplier else None,
        )
        for row, customer, (ticket, message) in zip(rows, customers, ids, strict=True)
    ]
    await _insert_tickets(rows, places, origin)
    await _insert_messages(rows, places)
    await _insert_imported_tickets(rows, places, origin)
    await _write_history(rows, places, origin)
    return [place.number for place in places]


async def _next_ids(count: int) -> list[tuple[int, int]]:
    rows = await fetch(
        "SELECT nextval(pg_get_serial_sequence('ticket', 'id')) AS ticket, "
        "nextval(pg_get_serial_sequence('message', 'id')) AS message "
        "FROM generate_series(1, $1::int)",
        count,
    )
    return [(row["ticket"], row["message"]) for row in rows]


_TICKET_COLUMNS = {
    "id": "bigint", "number": "text", "token": "text", "kind": "text", "severity": "text",
    "state": "text", "channel": "text", "subject": "text", "description": "text",
    "locale": "text", "customer": "bigint", "product": "text", "serial_number": "text",
    "category": "bigint", "category_confirmed": "bool", "cause": "text", "supplier": "bigint",
    "external_id": "text", "received_at": "timestamptz", "resolved_at": "timestamptz",
    "closed_at": "timestamptz", "resolution": "text", "last_message_at": "timestamptz",
}  # fmt: skip
_INSERT_TICKETS = (
    f"INSERT INTO ticket ({', '.join(_TICKET_COLUMNS)}, reopen_count, earlier_complaints, "
    f"rank_because, search) SELECT {', '.join(f't.{name}' for name in _TICKET_COLUMNS)}, 0, 0, "
    "'[]', array_to_tsvector(string_to_array(t.words, ' ')) FROM unnest("
    + ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(_TICKET_COLUMNS.values(), 1))
    + f", ${len(_TICKET_COLUMNS) + 1}::text[]) AS t ({', '.join(_TICKET_COLUMNS)}, words)"
)


async def _insert_tickets(
    rows: Sequence[ImportedRow], places: Sequence[RowKeys], origin: ImportContext
) -> None:
    columns: dict[str, list[Any]] = {name: [] for name in _TICKET_COLUMNS}
    words: list[str] = []
    category_given = "category" in origin.mapping.fields
    for row, place in zip(rows, places, strict=True):
        made = {
            "id": place.ticket, "number": place.number, "token": secrets.token_urlsafe(24),
            "customer": place.customer, "category": place.category,
            "category_confirmed": category_given and place.category is not None,
            "supplier": place.supplier, "last_message_at": row.received_at,
        }  # fmt: skip
        for name, column in columns.items():
            column.append(made[name] if name in made else getattr(row, name))
        # Tokens hold letters and digits only, so that a space can part them.
        words.append(" ".join(tokens(_searchable(row, place.number))))
    await fetch(_INSERT_TICKETS, *columns.values(), words)


def _searchable(row: ImportedRow, number: str) -> str:
    parts = (
        number, row.subject, row.description, row.product, row.serial_number, row.supplier,
        row.external_id, row.customer_name, row.customer_phone, row.customer_email,
    )  # fmt: skip
    return "\n".join(part for part in parts if part)


async def _insert_messages(rows: Sequence[ImportedRow], places: Sequence[RowKeys]) -> None:
    await fetch(
        "INSERT INTO message (id, ticket, direction, visibility, channel, automatic, body, "
        "at) SELECT id, ticket, 'in', 'public', channel, false, body, at FROM "
        "unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[]) "
        "AS m (id, ticket, channel, body, at)",
        [place.message for place in places],
        [place.ticket for place in places],
        [row.channel for row in rows],
        [row.description for row in rows],
        [row.received_at for row in rows],
    )


async def _insert_imported_tickets(
    rows: Sequence[ImportedRow], places: Sequence[RowKeys], origin: ImportContext
) -> None:
    await fetch(
        "INSERT INTO imported_ticket (source, external_id, ticket, run, line) "
        "SELECT $1, external_id, ticket, $2, line FROM "
        "unnest($3::text[], $4::bigint[], $5::int[]) AS o (external_id, ticket, line)",
        origin.mapping.source,
        origin.run,
        [row.external_id for row in rows],
        [place.ticket for place in places],
        [row.line for row in rows],
    )


async def _write_history(
    rows: Sequence[ImportedRow], places: Sequence[RowKeys], origin: ImportContext
) -> None:
    histories = [
        imported_events(row, place.message, place.category_code, origin.mapping.source)
        for row, place in zip(rows, places, strict=True)
    ]
    if origin.mapping.clocks:
        await start_clocks(rows, places, histories)
    events = [
        (place.ticket, event)
        for place, history in zip(places, histories, strict=True)
        for event in history
    ]
    await append_events(
        [ticket for ticket, _ in events],
        [event for _, event in events],
        [origin.actor] * len(events),
        origin.now,
        notify=False,
    )
