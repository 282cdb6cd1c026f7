"""Tickets as of an instant, in SQL: all figures are counted from these.

Rows of `ticket` are as of now. Changes recorded after the as-of time (bound as $3) are undone with
the append-only events: each change names the value it changed `from`, so the first change after
that time has the value as of it; states, ends and causes come from the events before it. As of now
nothing was recorded later, and this costs one look-up in a partial index.
"""

from service_desk.rules.tickets.event_types import CHANGING_FIGURES
from service_desk.tables.conditions import one_of

OFFENCE = "kind = 'complaint' AND cause = 'supplier_quality'"

_CAUSE = """(
    SELECT coalesce(e.data #>> '{cause,to}', e.data ->> 'cause') FROM ticket_event e
    WHERE e.ticket = t.id AND e.recorded_at <= $3
        AND (e.type = 'ticket.classified' AND e.data ? 'cause'
             OR e.type IN ('ticket.opened', 'ticket.resolved') AND e.data ->> 'cause' IS NOT NULL)
    ORDER BY e.id DESC LIMIT 1)"""
_STATE = """(
    SELECT CASE e.type WHEN 'ticket.waiting' THEN 'waiting_' || (e.data ->> 'for')
        WHEN 'ticket.resolved' THEN 'resolved' WHEN 'ticket.closed' THEN 'closed'
        ELSE 'open' END
    FROM ticket_event e WHERE e.ticket = t.id AND e.recorded_at <= $3 AND e.type IN
        ('ticket.waiting', 'ticket.resumed', 'ticket.resolved', 'ticket.closed', 'ticket.reopened')
    ORDER BY e.id DESC LIMIT 1)"""
# The first end after the last reopening: a ticket resolved, then closed, ended when resolved.
_DONE_AT = """(
    SELECT min(e.at) FROM ticket_event e
    WHERE e.ticket = t.id AND e.recorded_at <= $3
        AND e.type IN ('ticket.resolved', 'ticket.closed')
        AND e.id > coalesce((SELECT max(r.id) FROM ticket_event r WHERE r.ticket = t.id
                             AND r.type = 'ticket.reopened' AND r.recorded_at <= $3), 0))"""

# `was`: by field, the value that the first later change of it replaced, as JSON. Classifications
# and corrections are of several fields, each by its name.
TICKETS_AS_OF = f"""later AS MATERIALIZED (
    SELECT id, ticket, type, data FROM ticket_event
    WHERE {one_of("type", CHANGING_FIGURES)} AND recorded_at > $3
), changed AS (
    SELECT ticket,
        bool_or(type = 'ticket.opened') AS not_yet_opened,
        bool_or(type = 'ticket.merged') AS merged,
        bool_or(type IN ('ticket.resolved', 'ticket.closed', 'ticket.reopened', 'ticket.merged'))
            AS ended,
        bool_or(type IN ('ticket.waiting', 'ticket.resumed', 'ticket.resolved', 'ticket.closed',
                         'ticket.reopened', 'ticket.merged')) AS moved,
        bool_or(type = 'ticket.resolved' OR type = 'ticket.classified' AND data ? 'cause')
            AS cause
    FROM later GROUP BY ticket
), replaced AS (
    SELECT DISTINCT ON (ticket, field) ticket, field, change -> 'from' AS value
    FROM later, jsonb_each(CASE type
        WHEN 'severity.raised' THEN jsonb_build_object('severity', data)
        WHEN 'ticket.assigned' THEN jsonb_build_object('assignee', data)
        WHEN 'ticket.classified' THEN data
        WHEN 'ticket.corrected' THEN data
        ELSE '{{}}' END) AS c (field, change)
    ORDER BY ticket, field, id
), earlier AS (
    SELECT ticket, jsonb_object_agg(field, value) AS was FROM replaced GROUP BY ticket
), snapshot AS (
    SELECT t.id, t.number, t.received_at, t.channel,
        CASE WHEN was ? 'subject' THEN was ->> 'subject' ELSE t.subject END AS subject,
        CASE WHEN was ? 'product' THEN was ->> 'product' ELSE t.product END AS product,
        CASE WHEN was ? 'serial_number' THEN was ->> 'serial_number' ELSE t.serial_number END
            AS serial_number,
        CASE WHEN was ? 'customer' THEN (was ->> 'customer')::bigint ELSE t.customer END
            AS customer,
        CASE WHEN was ? 'category' THEN (was ->> 'category')::bigint ELSE t.category END
            AS category,
        CASE WHEN was ? 'supplier' THEN (was ->> 'supplier')::bigint ELSE t.supplier END
            AS supplier,
        CASE WHEN was ? 'assignee' THEN (was ->> 'assignee')::bigint ELSE t.assignee END
            AS assignee,
        CASE WHEN was ? 'kind' THEN was ->> 'kind' ELSE t.kind END AS kind,
        CASE WHEN was ? 'severity' THEN was ->> 'severity' ELSE t.severity END AS severity,
        CASE WHEN c.cause THEN coalesce({_CAUSE}, 'unknown') ELSE t.cause END AS cause,
        CASE WHEN c.moved THEN coalesce({_STATE}, 'open') ELSE t.state END AS state,
        CASE WHEN c.ended THEN {_DONE_AT} ELSE coalesce(t.resolved_at, t.closed_at) END AS done_at
    FROM scope t LEFT JOIN changed c ON c.ticket = t.id LEFT JOIN earlier ON earlier.ticket = t.id
    WHERE c.not_yet_opened IS NOT TRUE AND (t.merged_into IS NULL OR c.merged)
)"""
"""Of a WITH list: after `scope`, rows of `ticket`, it makes `snapshot`, the same as of $3.

Merged tickets are left out: they count as the ticket that they were merged into.
"""
RECEIVED_IN_MONTH = f"""scope AS (
    SELECT * FROM ticket WHERE received_at >= $1 AND received_at < $2
), {TICKETS_AS_OF}"""
