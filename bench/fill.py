"""Large desks, made with plain SQL within seconds."""

from datetime import datetime

from service_desk.database import fetch, fetch_value, transaction
from service_desk.rules.tickets.numbers import make_number
from tests.factories import make_ticket

CHUNK = 50_000
TICKETS_OF_CUSTOMER = 10

INSERT_CUSTOMERS = """
INSERT INTO customer (name, phone, locale, tier, tier_pinned, spend_12m, created_at)
SELECT 'Customer ' || n, '+86139' || lpad(n::text, 8, '0'), 'zh', 'C', false, 0, $3
FROM generate_series($1::int + 1, $2::int) AS n
"""
INSERT_TICKETS = """
INSERT INTO ticket (id, number, token, kind, severity, state, channel, subject, description,
    locale, customer, category_confirmed, cause, received_at, resolved_at, reopen_count, resolution,
    last_message_at, rank_at, rank_because, earlier_complaints, search)
SELECT id, number, md5(id::text), 'complaint', 'normal',
    CASE WHEN open THEN 'open' ELSE 'closed' END,
    'sms', 'The pump is loud ' || id, 'The pump is loud', 'en', $5 + 1 + id % ($6 - $5), false,
    'unknown', received, CASE WHEN NOT open THEN received + interval '1 day' END, 0, '', received,
    CASE WHEN open THEN due END,
    jsonb_build_array(jsonb_build_object('code', 'due', 'detail', 'response', 'at',
        to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))),
    0, array_to_tsvector(array_remove(ARRAY[
        'pump', CASE WHEN id % 2 = 0 THEN 'loud' END, 'order' || id % 200, id::text], NULL))
FROM unnest($1::bigint[], $2::text[]) AS t (id, number),
    LATERAL (SELECT $3::timestamptz - id * interval '20 seconds' AS received) AS r,
    LATERAL (SELECT received + interval '2 hours' AS due, id <= $4 AS open) AS d
"""
INSERT_RUNNING_CLOCKS = """
INSERT INTO clock (ticket, name, ordinal, phase, started_at, due_at, anchor_at, anchor_elapsed,
    paused_seconds, target_seconds, due_set_manually, policy_version, level_reached, next_level,
    next_level_at)
SELECT ticket.id, name, 1, 'running', $2, $2::timestamptz + target * interval '1 second', $2, 0,
    0, target, false, $1, 0, 50, $2::timestamptz + target * interval '0.5 second'
FROM ticket, (VALUES ('response', 7200), ('handling', 14400), ('resolution', 172800))
    AS c (name, target)
WHERE state = 'open' AND ticket.id > $3
"""
INSERT_MET_CLOCKS = """
INSERT INTO clock (ticket, name, ordinal, phase, started_at, due_at, met_at, anchor_at,
    anchor_elapsed, paused_seconds, target_seconds, due_set_manually, policy_version, level_reached)
SELECT ticket.id, name, 1, 'met', received_at, received_at + target * interval '1 second',
    received_at + target * interval '0.4 second', received_at, 0, 0, target, false, $1, 0
FROM ticket, (VALUES ('response', 7200), ('handling', 14400), ('resolution', 172800))
    AS c (name, target)
WHERE state = 'closed' AND ticket.id > $2
"""


async def fill(tickets: int, open_tickets: int, now: datetime, *, present: int = 0) -> None:
    """`tickets` more tickets than the `present` ones, and older. The newest `open_tickets` of them
    are open, with three running clocks each, none due. The clocks of the others are met."""
    policy = await fetch_value("SELECT id FROM policy_version WHERE name = 'standard'")
    customers = (_customers_of(present), _customers_of(present + tickets))
    await fetch(INSERT_CUSTOMERS, *customers, now)
    last = present + tickets
    for start in range(present + 1, last + 1, CHUNK):
        serials = list(range(start, min(start + CHUNK, last + 1)))
        numbers = [make_number(serial) for serial in serials]
        await fetch(INSERT_TICKETS, serials, numbers, now, present + open_tickets, *customers)
    async with transaction():
        await fetch(INSERT_MET_CLOCKS, policy, present)
        await fetch(INSERT_RUNNING_CLOCKS, policy, now, present)
    await fetch("SELECT setval('ticket_id_seq', $1)", last)
    for table in ("customer", "ticket", "clock"):
        await fetch(f"VACUUM ANALYZE {table}")


def _customers_of(tickets: int) -> int:
    return -(-tickets // TICKETS_OF_CUSTOMER)


# The events of a ticket that was really opened, on each of those that were filled in.
ADD_HISTORY = """
INSERT INTO ticket_event (ticket, type, at, recorded_at, actor, data)
SELECT ticket.id, type, received_at, received_at, actor, data
FROM ticket, (SELECT id, type, actor, data FROM ticket_event WHERE ticket = $1
    AND type NOT LIKE 'clock.%' ORDER BY id) AS model
WHERE ticket.id <> $1 AND state = 'open' ORDER BY ticket.id, model.id
"""


async def add_history(now: datetime) -> None:
    """Of the open ones, so that they can be changed."""
    model = await make_ticket("The pump is loud", at=now)
    await fetch(ADD_HISTORY, model.id)
    await fetch("VACUUM ANALYZE ticket_event")
