"""Tickets as of an instant, in SQL: all figures are counted from these.

Rows of `ticket` are as of now. Changes recorded after the as-of time (bound as $3) are undone with
the append-only events: each change names the value it changed `from`, so the first change after
that time has the value as of it; states, ends and causes come from the events before it. As of now
nothing was recorded later, and this costs one look-up in a partial index.

Functions put it together: five fields are undone by the same expression, and each report has a
scope of its own. The reports call them once, where their statements are named.
"""

CHANGE_EVENTS = (
    "('ticket.opened', 'ticket.classified', 'severity.raised', 'ticket.assigned', "
    "'ticket.waiting', 'ticket.resumed', 'ticket.resolved', 'ticket.closed', 'ticket.reopened', "
    "'ticket.merged', 'ticket.corrected')"
)
_CHANGES = "'ticket.classified', 'ticket.corrected'"  # of several fields, each by its name
OFFENCE = "kind = 'complaint' AND cause = 'supplier_quality'"


def _value_before(field: str, event: str = "") -> str:
    """The value that the first later change of `field` replaced, as JSON; NULL: no later change.

    Changes are classifications and corrections, and events of the type `event`, which concern this
    field only.
    """
    return (
        f"(array_agg(CASE WHEN type = '{event}' THEN data -> 'from' "
        f"ELSE data #> '{{{field},from}}' END ORDER BY id) FILTER (WHERE type = '{event}' "
        f"OR type IN ({_CHANGES}) AND data ? '{field}'))[1] AS {field}"
    )


def tickets_as_of(scope: str) -> str:
    """A WITH list that ends in `snapshot`: the tickets in `scope` (a condition on t), as of $3.

    Merged tickets are left out: they count as the ticket that they were merged into.
    """
    return f"""
    later AS MATERIALIZED (
        SELECT id, ticket, type, data FROM ticket_event
        WHERE type IN {CHANGE_EVENTS} AND recorded_at > $3
    ), changed AS (
        SELECT ticket,
            bool_or(type = 'ticket.opened') AS not_yet_opened,
            bool_or(type = 'ticket.merged') AS merged,
            bool_or(type IN ('ticket.resolved', 'ticket.closed', 'ticket.reopened',
                             'ticket.merged')) AS ended,
            bool_or(type NOT IN ({_CHANGES}, 'severity.raised', 'ticket.assigned')) AS moved,
            bool_or(type = 'ticket.resolved' OR type = 'ticket.classified' AND data ? 'cause')
                AS cause,
            {_value_before("category")},
            {_value_before("supplier")},
            {_value_before("kind")},
            {_value_before("severity", "severity.raised")},
            {_value_before("assignee", "ticket.assigned")},
            {_value_before("subject")},
            {_value_before("product")},
            {_value_before("serial_number")},
            {_value_before("customer")}
        FROM later GROUP BY ticket
    ), snapshot AS (
        SELECT t.id, t.number, t.received_at, t.channel,
            {_value_as_of("subject", "text")},
            {_value_as_of("product", "text")},
            {_value_as_of("serial_number", "text")},
            {_value_as_of("customer", "bigint")},
            {_value_as_of("category", "bigint")},
            {_value_as_of("supplier", "bigint")},
            {_value_as_of("assignee", "bigint")},
            {_value_as_of("kind", "text")},
            {_value_as_of("severity", "text")},
            CASE WHEN c.cause THEN coalesce({_CAUSE}, 'unknown') ELSE t.cause END AS cause,
            CASE WHEN c.moved THEN coalesce({_STATE}, 'open') ELSE t.state END AS state,
            CASE WHEN c.ended THEN {_DONE_AT} ELSE coalesce(t.resolved_at, t.closed_at) END
                AS done_at
        FROM ticket t LEFT JOIN changed c ON c.ticket = t.id
        WHERE {scope} AND c.not_yet_opened IS NOT TRUE AND (t.merged_into IS NULL OR c.merged)
    )"""


def _value_as_of(field: str, kind: str) -> str:
    return (
        f"CASE WHEN c.{field} IS NULL THEN t.{field} "
        f"ELSE (c.{field} #>> '{{}}')::{kind} END AS {field}"
    )


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
