"""Writes a batch of rows as tickets: the same rows and events as `open_ticket` writes.

In sets instead of ticket by ticket: a thousand rows take about twenty statements.
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
from service_desk.imports.files.mapping import ColumnMapping
from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.imports.history import imported_events
from service_desk.imports.references import categories_of, suppliers_of
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.tickets.numbers import make_number
from service_desk.rules.words.search_tokens import tokens
from service_desk.suppliers.facts import recheck_ladders

NEXT_IDS = """
SELECT nextval(pg_get_serial_sequence('ticket', 'id')) AS ticket,
    nextval(pg_get_serial_sequence('message', 'id')) AS message
FROM generate_series(1, $1::int)
"""
_TICKET_COLUMNS = {
    "id": "bigint", "number": "text", "token": "text", "kind": "text", "severity": "text",
    "state": "text", "channel": "text", "subject": "text", "description": "text",
    "locale": "text", "customer": "bigint", "product": "text", "serial_number": "text",
    "category": "bigint", "category_confirmed": "bool", "cause": "text", "supplier": "bigint",
    "external_id": "text", "received_at": "timestamptz", "resolved_at": "timestamptz",
    "closed_at": "timestamptz", "resolution": "text", "last_message_at": "timestamptz",
}  # fmt: skip
_NAMES = ", ".join(_TICKET_COLUMNS)
_ARRAYS = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TICKET_COLUMNS.values(), 1))
INSERT_TICKETS = f"""
INSERT INTO ticket ({_NAMES}, reopen_count, earlier_complaints, rank_because, search)
SELECT {_NAMES}, 0, 0, '[]', array_to_tsvector(string_to_array(words, ' '))
FROM unnest({_ARRAYS}, ${len(_TICKET_COLUMNS) + 1}::text[]) AS t ({_NAMES}, words)
"""
INSERT_MESSAGES = """
INSERT INTO message (id, ticket, direction, visibility, channel, automatic, body, at)
SELECT id, ticket, 'in', 'public', channel, false, body, at
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
    AS m (id, ticket, channel, body, at)
"""
INSERT_IMPORTED_TICKETS = """
INSERT INTO imported_ticket (source, external_id, ticket, run, line)
SELECT $1, external_id, ticket, $2, line
FROM unnest($3::text[], $4::bigint[], $5::int[]) AS o (external_id, ticket, line)
"""


class ImportContext(msgspec.Struct, frozen=True):
    """Who imports what. `actor`: as in the history."""

    run: int
    mapping: ColumnMapping
    actor: str
    now: datetime


class RowKeys(msgspec.Struct, frozen=True):
    """The keys that a row of the file has in the database."""

    ticket: int
    number: str
    message: int
    customer: int
    tier: Tier
    category: int | None
    category_code: str | None
    supplier: int | None


async def write_tickets(rows: Sequence[ImportedRow], context: ImportContext) -> None:
    """Write rows that were not imported before.

    Joins the caller's transaction, which holds the lock of the source (operations.py).
    """
    if not rows:
        return
    keys = await _keys_of(rows, context)
    await _insert_tickets(rows, keys, context)
    await _insert_messages(rows, keys)
    await _insert_imported_tickets(rows, keys, context)
    await _write_history(rows, keys, context)
    await recheck_ladders(key.supplier for key in keys)


async def _keys_of(rows: Sequence[ImportedRow], context: ImportContext) -> list[RowKeys]:
    """The keys of each row; what it refers to is created if the desk does not have it."""
    customers = await customers_of(rows, context.now)
    suppliers = await suppliers_of(rows, context.now)
    categories = await categories_of(rows, context.mapping)
    ids = await _next_ids(len(rows))
    return [
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


async def _next_ids(count: int) -> list[tuple[int, int]]:
    rows = await fetch(NEXT_IDS, count)
    return [(row["ticket"], row["message"]) for row in rows]


async def _insert_tickets(
    rows: Sequence[ImportedRow], keys: Sequence[RowKeys], context: ImportContext
) -> None:
    columns: dict[str, list[Any]] = {name: [] for name in _TICKET_COLUMNS}
    words: list[str] = []
    confirmed = "category" in context.mapping.fields  # else it is a suggestion
    for row, key in zip(rows, keys, strict=True):
        derived = {
            "id": key.ticket, "number": key.number, "token": secrets.token_urlsafe(24),
            "customer": key.customer, "category": key.category,
            "category_confirmed": confirmed and key.category is not None,
            "supplier": key.supplier, "last_message_at": row.received_at,
        }  # fmt: skip
        for name, column in columns.items():
            column.append(derived[name] if name in derived else getattr(row, name))
        # Tokens have letters and digits only, so a space separates them.
        words.append(" ".join(tokens(_searchable(row, key.number))))
    await fetch(INSERT_TICKETS, *columns.values(), words)


def _searchable(row: ImportedRow, number: str) -> str:
    parts = (
        number, row.subject, row.description, row.product, row.serial_number, row.supplier,
        row.external_id, row.customer_name, row.customer_phone, row.customer_email,
    )  # fmt: skip
    return "\n".join(part for part in parts if part)


async def _insert_messages(rows: Sequence[ImportedRow], keys: Sequence[RowKeys]) -> None:
    await fetch(
        INSERT_MESSAGES,
        [key.message for key in keys],
        [key.ticket for key in keys],
        [row.channel for row in rows],
        [row.description for row in rows],
        [row.received_at for row in rows],
    )


async def _insert_imported_tickets(
    rows: Sequence[ImportedRow], keys: Sequence[RowKeys], context: ImportContext
) -> None:
    await fetch(
        INSERT_IMPORTED_TICKETS,
        context.mapping.source,
        context.run,
        [row.external_id for row in rows],
        [key.ticket for key in keys],
        [row.line for row in rows],
    )


async def _write_history(
    rows: Sequence[ImportedRow], keys: Sequence[RowKeys], context: ImportContext
) -> None:
    histories = [
        imported_events(row, key.message, key.category_code, context.mapping.source)
        for row, key in zip(rows, keys, strict=True)
    ]
    if context.mapping.clocks:
        await start_clocks(rows, keys, histories)
    events = [
        (key.ticket, event)
        for key, history in zip(keys, histories, strict=True)
        for event in history
    ]
    await append_events(
        [ticket for ticket, _ in events],
        [event for _, event in events],
        [context.actor] * len(events),
        context.now,
        notify=False,
    )
