"""Large desks made with plain SQL, in seconds."""

from datetime import datetime

from service_desk.database import fetch, fetch_value
from service_desk.rules.ticket_numbers import make_number

CHUNK = 50_000


async def fill(tickets: int, open_tickets: int, now: datetime) -> None:
    """That many tickets, the last `open_tickets` of them open with three clocks each, none due."""
    policy = await fetch_value("SELECT id FROM policy_version WHERE name = 'standard'")
    await fetch(
        "INSERT INTO customer (name, phone, locale, tier, tier_pinned, spend_12m, created_at) "
        "SELECT 'Customer ' || n, '+86139' || lpad(n::text, 8, '0'), 'zh', 'C', false, 0, $1 "
        "FROM generate_series(1, 10000) n",
        now,
    )
    for start in range(1, tickets + 1, CHUNK):
        serials = range(start, min(start + CHUNK, tickets + 1))
        await fetch(
            "INSERT INTO ticket (id, number, token, kind, severity, state, channel, subject, "
            "description, locale, customer, category_confirmed, cause, received_at, resolved_at, "
            "reopened, resolution, last_message_at, rank_at, rank_because, earlier_complaints, "
            "search) "
            "SELECT id, number, md5(id::text), 'complaint', 'normal', "
            "CASE WHEN id > $4 THEN 'open' ELSE 'closed' END, 'sms', 'The pump is loud ' || id, "
            "'The pump is loud', 'en', 1 + id % 10000, false, 'unknown', received, "
            "CASE WHEN id > $4 THEN NULL ELSE received + interval '1 day' END, 0, '', received, "
            "CASE WHEN id > $4 THEN received + interval '2 hours' END, "
            "jsonb_build_array(jsonb_build_object('code', 'due', 'detail', 'response', 'at', "
            "to_char((received + interval '2 hours') AT TIME ZONE 'UTC', "
            '\'YYYY-MM-DD"T"HH24:MI:SS"Z"\'))), 0, '
            "array_to_tsvector(ARRAY['pump', 'loud', id::text]) "
            "FROM (SELECT id, number, $3::timestamptz - ($5 - id) * interval '20 seconds' AS received "
            "FROM unnest($1::bigint[], $2::text[]) AS t (id, number)) AS made",
            list(serials),
            [make_number(serial) for serial in serials],
            now,
            tickets - open_tickets,
            tickets,
        )
    await fetch(
        "INSERT INTO clock (ticket, name, ordinal, phase, started_at, due_at, anchor_at, "
        "anchor_elapsed, paused_seconds, target_seconds, due_by_hand, policy_version, "
        "level_reached, next_level, next_level_at) "
        "SELECT ticket.id, name, 1, 'running', $2, $2::timestamptz + target * interval '1 second', $2, 0, 0, "
        "target, false, $1, 0, 50, $2::timestamptz + target * interval '0.5 second' FROM ticket, "
        "(VALUES ('response', 7200), ('handling', 14400), ('resolution', 172800)) "
        "AS c (name, target) WHERE state = 'open'",
        policy,
        now,
    )
    await fetch("SELECT setval('ticket_id_seq', $1)", tickets)
    await fetch("VACUUM ANALYZE ticket")
    await fetch("VACUUM ANALYZE clock")
