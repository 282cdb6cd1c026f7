"""The statements of delivery.py: each moves a batch of rows from one state to the next.

They skip rows that another worker has locked, and check opt-outs again: STOP may have come after
the row was queued. All but DUE return the numbers of the tickets that changed.
"""

from service_desk.outbox.queue import OPTED_OUT_SQL

# A subscriber is told of one ticket in the order in which it happened: a webhook waits for those
# before it, until they are sent or have finally failed.
NONE_BEFORE = """(channel <> 'webhook' OR NOT EXISTS (
    SELECT FROM outbox earlier WHERE earlier.ticket = outbox.ticket
        AND earlier.subscription = outbox.subscription AND earlier.id < outbox.id
        AND earlier.state IN ('queued', 'sending')))"""

# The handset reads the outbox itself: one statement claims and sends, so nothing is sent twice.
HAND_OVER = f"""
WITH due AS MATERIALIZED (
    SELECT id, {OPTED_OUT_SQL} AS opted_out FROM outbox
    WHERE state = 'queued' AND next_attempt_at <= $1 AND channel = $2
    ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
UPDATE outbox SET next_attempt_at = NULL,
    state = CASE WHEN opted_out THEN 'suppressed' ELSE 'sent' END,
    sent_at = CASE WHEN NOT opted_out THEN $1::timestamptz END,
    attempts = attempts + (NOT opted_out)::int
FROM due WHERE outbox.id = due.id
RETURNING (SELECT number FROM ticket WHERE id = outbox.ticket) AS number
"""

# Nobody can send these: they are looked at again from time to time, until a gateway is set up.
WAIT_FOR_GATEWAY = """
WITH due AS MATERIALIZED (
    SELECT id, error FROM outbox
    WHERE state = 'queued' AND next_attempt_at <= $1 AND channel = $3
    ORDER BY next_attempt_at LIMIT $4 FOR UPDATE SKIP LOCKED)
UPDATE outbox SET next_attempt_at = $2, error = $5
FROM due WHERE outbox.id = due.id
RETURNING CASE WHEN due.error IS DISTINCT FROM $5 THEN (
    SELECT number FROM ticket WHERE id = outbox.ticket) END AS number
"""

DUE = f"""
SELECT id, body, {OPTED_OUT_SQL} AS opted_out FROM outbox
WHERE state = 'queued' AND next_attempt_at <= $1 AND channel = $2
ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""

CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT id, {OPTED_OUT_SQL} AS opted_out FROM outbox
    WHERE state = 'queued' AND next_attempt_at <= $1 AND channel = $3
        AND ($5::bigint[] IS NULL OR id = ANY($5)) AND {NONE_BEFORE}
    ORDER BY next_attempt_at LIMIT $4 FOR UPDATE SKIP LOCKED)
UPDATE outbox SET next_attempt_at = NULL,
    state = CASE WHEN opted_out THEN 'suppressed' ELSE 'sending' END,
    error = CASE WHEN NOT opted_out THEN error END,
    lease_until = CASE WHEN NOT opted_out THEN $2::timestamptz END,
    attempts = attempts + (NOT opted_out)::int
FROM due WHERE outbox.id = due.id
RETURNING outbox.id, channel, recipient, subject, body, attempts AS attempt, opted_out,
    purpose, created_at,
    CASE WHEN channel = 'whatsapp' THEN coalesce((
        SELECT whatsapp_phone FROM customer WHERE phone = recipient), '') ELSE '' END AS address,
    CASE WHEN opted_out THEN (SELECT number FROM ticket WHERE id = outbox.ticket) END AS number,
    coalesce((
    SELECT secret FROM webhook_subscription s
    WHERE s.id = outbox.subscription AND s.deleted_at IS NULL), '') AS secret
"""

EXPIRE_LEASES = """
UPDATE outbox SET lease_until = NULL,
    state = CASE channel WHEN 'webhook' THEN 'queued' ELSE 'unknown' END,
    next_attempt_at = CASE channel WHEN 'webhook' THEN $1::timestamptz END,
    error = 'The worker stopped while sending this: it may have gone out.'
WHERE id IN (
    SELECT id FROM outbox WHERE state = 'sending' AND lease_until < $1 AND channel = $2
    FOR UPDATE SKIP LOCKED)
RETURNING (SELECT number FROM ticket WHERE id = outbox.ticket) AS number
"""

# A row that a callback has moved on keeps its state.
RECORD = f"""
WITH row AS MATERIALIZED (
    SELECT id, state IN ('sending', 'unknown') AS open,
        $3 = 'queued' AND {OPTED_OUT_SQL} AS opted_out
    FROM outbox WHERE id = $1 AND attempts = $2 FOR UPDATE)
UPDATE outbox SET
    provider_id = coalesce(provider_id, $5),
    sent_at = CASE WHEN $3 = 'sent' THEN coalesce(sent_at, $7) ELSE sent_at END,
    state = CASE WHEN open AND opted_out THEN 'suppressed' WHEN open THEN $3 ELSE state END,
    next_attempt_at = CASE WHEN open AND NOT opted_out THEN $4::timestamptz END,
    error = CASE WHEN NOT open THEN error WHEN NOT opted_out THEN $6 END,
    lease_until = NULL
FROM row WHERE outbox.id = row.id
RETURNING (SELECT number FROM ticket WHERE id = outbox.ticket) AS number
"""
