"""Events become webhooks in the statement that inserts them: no second round trip, no gap.

{id, type, timestamp, data: {ticket, actor, event, message?}}: `timestamp` is the time of the event,
`id` is the same on every attempt, `message` is present if the event is about one.
"""

RFC3339 = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""

# Follows a CTE `appended` of ticket_event rows; `$6` is now. Without subscriptions it reads an
# empty table and writes nothing. OFFSET 0 keeps the planner, which cannot know how few events
# there are, from scanning all tickets.
QUEUE_WEBHOOKS = f"""
INSERT INTO outbox (channel, recipient, subject, body, ticket, subscription, purpose, state,
                    attempts, next_attempt_at, created_at)
SELECT 'webhook', s.url, '',
    jsonb_build_object(
        'id', 'msg_' || translate(gen_random_uuid()::text, '-', ''),
        'type', e.type,
        'timestamp', to_char(e.at AT TIME ZONE 'UTC', {RFC3339}),
        'data', jsonb_strip_nulls(jsonb_build_object(
            'ticket', jsonb_build_object(
                'number', t.number, 'state', t.state, 'kind', t.kind, 'severity', t.severity,
                'channel', t.channel, 'subject', t.subject, 'external_id', t.external_id),
            'actor', e.actor,
            'event', e.data,
            'message', CASE WHEN m.id IS NOT NULL THEN jsonb_build_object(
                'id', m.id, 'direction', m.direction, 'channel', m.channel,
                'automatic', m.automatic, 'body', m.body,
                'at', to_char(m.at AT TIME ZONE 'UTC', {RFC3339})) END))
    )::text,
    e.ticket, s.id, e.type, 'queued', 0, $6, $6
FROM appended e
    JOIN webhook_subscription s ON s.deleted_at IS NULL AND e.type = ANY (s.events)
    CROSS JOIN LATERAL (SELECT * FROM ticket WHERE id = e.ticket OFFSET 0) AS t
    LEFT JOIN LATERAL (
        SELECT * FROM message WHERE id = (e.data ->> 'message')::bigint OFFSET 0) AS m ON true
ORDER BY e.id
RETURNING id
"""
