"""Tickets of any state, customers, suppliers and assets, found by whatever people know of them.

Words of all of them are found by the indexes over `search_words` (a ticket's own are in its column
`search`), numbers by indexes over what is left of them without spaces and dashes. What identifies
a thing stands before what only mentions it, and of equals the newest first.
"""

from collections.abc import Collection, Sequence
from typing import Any, get_args

from service_desk.database import fetch
from service_desk.finding import (
    ASSET_WORDS,
    CUSTOMER_WORDS,
    FOUND_ASSETS,
    FOUND_CUSTOMERS,
    FOUND_SUPPLIERS,
    PHONE_END,
    SERIAL,
    SUPPLIER_WORDS,
    almost,
    begins_with,
    phone_arguments,
)
from service_desk.rules.tickets.sought import Sought, read_sought
from service_desk.rules.words.excerpts import excerpt
from service_desk.search.schemas import Hit, HitType, SearchResults
from service_desk.ticket_views.finding import found_arguments

MAX_QUERY_LENGTH = 200
MAX_BROUGHT = 20
"""Customers and assets that bring their tickets, and tickets that each brings."""
HIT_TYPES: tuple[HitType, ...] = get_args(HitType)

# $1 words, $2 ticket numbers, $3 serial numbers, $4 ends of phone numbers, reversed, $5 beginnings
# of phone numbers, $6 the text as typed, $7 how many.
CUSTOMERS = f"""
found_customer AS MATERIALIZED (
    SELECT id, max(score) AS score FROM (
        SELECT c.id, 95 - length(c.phone) + length(sought.phone_end) AS score
        FROM unnest($4::text[]) AS sought (phone_end)
            JOIN customer c ON {begins_with(PHONE_END.format("c"), "sought.phone_end")}
        UNION ALL SELECT c.id, 70 FROM unnest($5::text[]) AS sought (beginning)
            JOIN customer c ON {begins_with("c.phone", "sought.beginning")}
        UNION ALL SELECT c.id, CASE WHEN lower(c.name) = lower($6) OR c.email = lower($6) THEN 95
            ELSE 65 END
        FROM customer c WHERE {CUSTOMER_WORDS.format("c")} @@ $1::tsquery) AS c
    GROUP BY id ORDER BY max(score) DESC, id DESC LIMIT $7)
"""
ASSETS = f"""
found_asset AS MATERIALIZED (
    SELECT id, max(score) AS score FROM (
        SELECT a.id, CASE WHEN {SERIAL.format("a")} = sought.serial THEN 97 ELSE 72 END AS score
        FROM unnest($3::text[]) AS sought (serial)
            JOIN asset a ON {begins_with(SERIAL.format("a"), "sought.serial")}
        UNION ALL SELECT a.id, 35 FROM asset a WHERE {ASSET_WORDS.format("a")} @@ $1::tsquery) AS a
    GROUP BY id ORDER BY max(score) DESC, id DESC LIMIT $7)
"""
FIND_TICKETS = f"""
WITH {CUSTOMERS}, {ASSETS},
by_words AS MATERIALIZED (
    SELECT id, received_at FROM ticket WHERE search @@ $1::tsquery),
found AS (
    SELECT id, max(score) AS score FROM (
        SELECT id, 100 AS score FROM ticket WHERE number = ANY($2)
        UNION ALL SELECT id, 98 FROM ticket WHERE external_id = $6
        UNION ALL SELECT t.id, CASE WHEN {SERIAL.format("t")} = sought.serial THEN 90 ELSE 60 END
        FROM unnest($3::text[]) AS sought (serial)
            JOIN ticket t ON {begins_with(SERIAL.format("t"), "sought.serial")}
        UNION ALL (SELECT id, 50 FROM by_words ORDER BY received_at DESC, id DESC LIMIT $7)
        UNION ALL SELECT t.id, brought.score - 10
        FROM (SELECT * FROM found_customer ORDER BY score DESC LIMIT {MAX_BROUGHT}) AS brought
            CROSS JOIN LATERAL (SELECT id FROM ticket WHERE customer = brought.id
                ORDER BY received_at DESC LIMIT {MAX_BROUGHT}) AS t
        UNION ALL SELECT t.id, brought.score - 10
        FROM (SELECT * FROM found_asset ORDER BY score DESC LIMIT {MAX_BROUGHT}) AS brought
            JOIN asset a ON a.id = brought.id
            CROSS JOIN LATERAL (SELECT id FROM ticket t
                WHERE {SERIAL.format("t")} = {SERIAL.format("a")}
                ORDER BY received_at DESC LIMIT {MAX_BROUGHT}) AS t) AS t
    GROUP BY id ORDER BY max(score) DESC, id DESC LIMIT $7)
SELECT found.score, t.number, t.subject, t.description, t.state, t.product, t.serial_number,
    t.resolution, c.name, c.phone,
    ARRAY(SELECT body FROM message WHERE ticket = t.id AND NOT automatic ORDER BY id DESC LIMIT 50)
        AS messages
FROM found JOIN ticket t ON t.id = found.id JOIN customer c ON c.id = t.customer
ORDER BY found.score DESC, t.received_at DESC, t.id DESC
"""
FIND_CUSTOMERS = f"""
WITH {CUSTOMERS}
SELECT found.score, c.id, c.name, c.phone, c.email
FROM found_customer found JOIN customer c ON c.id = found.id
WHERE $2::text[] IS NOT NULL AND $3::text[] IS NOT NULL ORDER BY found.score DESC, c.id DESC
"""
FIND_ASSETS = f"""
WITH {ASSETS}
SELECT found.score, a.id, a.serial_number, a.product, a.customer, c.name, c.phone
FROM found_asset found JOIN asset a ON a.id = found.id JOIN customer c ON c.id = a.customer
WHERE $2::text[] IS NOT NULL AND $4::text[] IS NOT NULL AND $5::text[] IS NOT NULL
    AND $6::text IS NOT NULL
ORDER BY found.score DESC, a.id DESC
"""
FIND_SUPPLIERS = f"""
SELECT max(score) AS score, id, name, contact_name, email FROM (
    SELECT CASE WHEN lower(s.name) = lower($6) THEN 96 ELSE 66 END AS score, s.*
    FROM supplier s WHERE {SUPPLIER_WORDS.format("s")} @@ $1::tsquery
    UNION ALL SELECT 95, s.* FROM unnest($4::text[]) AS sought (phone_end)
        JOIN supplier s ON {begins_with(PHONE_END.format("s"), "sought.phone_end")}) AS s
WHERE $2::text[] IS NOT NULL AND $3::text[] IS NOT NULL AND $5::text[] IS NOT NULL
GROUP BY id, name, contact_name, email ORDER BY max(score) DESC, id DESC LIMIT $7
"""
# Which of some hundred spellings anything has: each is a look into the indexes.
KNOWN = (
    "SELECT FROM ticket WHERE search @@ word::tsquery",
    FOUND_CUSTOMERS.known,
    FOUND_SUPPLIERS.known,
    FOUND_ASSETS.known,
)


async def search(
    query: str, *, limit: int, types: Collection[HitType] = HIT_TYPES
) -> SearchResults:
    """What `query` may mean, best first. Of nothing at all, what it almost says."""
    sought = read_sought(query[:MAX_QUERY_LENGTH])
    if not sought.text:
        return SearchResults([])
    found = await _find(sought, limit, types)
    if found or not (words := await almost(sought, *KNOWN)):
        return SearchResults(found)
    meant = Sought(sought.text, words)
    return SearchResults(await _find(meant, limit, types), corrected=True)


async def _find(sought: Sought, limit: int, types: Collection[HitType]) -> list[Hit]:
    arguments = (
        *found_arguments(sought),
        phone_arguments(sought)[1],
        sought.text,
        limit,
    )
    scored: list[tuple[int, Hit]] = []
    for kind, statement, hit in (
        ("customer", FIND_CUSTOMERS, _customer),
        ("supplier", FIND_SUPPLIERS, _supplier),
        ("asset", FIND_ASSETS, _asset),
        ("ticket", FIND_TICKETS, _ticket),
    ):
        if kind in types:
            rows = await fetch(statement, *arguments)
            scored += [(row["score"], hit(row, sought.text)) for row in rows]
    scored.sort(key=lambda one: -one[0])  # stable: within a type as the statement says
    return [hit for _, hit in scored[:limit]]


def _ticket(row: Any, query: str) -> Hit:
    texts: Sequence[str | None] = (
        row["description"], *row["messages"], row["resolution"], row["product"],
        row["serial_number"], row["name"], row["phone"],
    )  # fmt: skip
    return Hit(
        "ticket", row["subject"] or row["description"][:80], excerpt(texts, query),
        number=row["number"], state=row["state"],
    )  # fmt: skip


def _customer(row: Any, query: str) -> Hit:
    return Hit(
        "customer",
        row["name"] or row["phone"] or row["email"] or "",
        _joined(row["phone"], row["email"]),
        id=row["id"],
    )


def _supplier(row: Any, query: str) -> Hit:
    return Hit("supplier", row["name"], _joined(row["contact_name"], row["email"]), id=row["id"])


def _asset(row: Any, query: str) -> Hit:
    title = _joined(row["serial_number"], row["product"])
    owner = row["name"] or row["phone"] or ""
    return Hit("asset", title, owner, id=row["id"], customer=row["customer"])


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
