"""Subscriptions with their state, and webhooks that failed."""

from service_desk.database import fetch_as
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.webhooks.schemas import DeadLetter, SubscriptionView

MAX_COUNTED = 1000

_SUBSCRIPTIONS = """
SELECT s.id, s.url, s.events, s.created_at, staff.email AS created_by,
    (SELECT count(*) FROM (SELECT FROM outbox WHERE subscription = s.id
        AND state IN ('queued', 'sending') LIMIT $3) AS waiting)::int AS waiting,
    (SELECT count(*) FROM (SELECT FROM outbox WHERE subscription = s.id
        AND state IN ('failed', 'unknown') LIMIT $3) AS failed)::int AS failed,
    last.at AS last_at, last.state AS last_state, last.error AS last_error
FROM webhook_subscription s LEFT JOIN staff ON staff.id = s.created_by
    LEFT JOIN LATERAL (
        SELECT coalesce(sent_at, created_at) AS at, state, error FROM outbox
        WHERE subscription = s.id ORDER BY id DESC LIMIT 1) AS last ON true
WHERE s.deleted_at IS NULL AND s.id > $1 ORDER BY s.id LIMIT $2
"""

_DEAD_LETTERS = """
SELECT o.id, o.subscription, o.recipient AS url, o.purpose AS event, t.number, o.attempts, o.error,
    o.created_at, s.deleted_at IS NULL AS subscribed
FROM outbox o JOIN webhook_subscription s ON s.id = o.subscription
    LEFT JOIN ticket t ON t.id = o.ticket
WHERE o.channel = 'webhook' AND o.state IN ('failed', 'unknown')
    AND ($1::bigint IS NULL OR o.id < $1) ORDER BY o.id DESC LIMIT $2
"""


async def list_subscriptions(*, limit: int, after: str | None) -> Page[SubscriptionView]:
    """Oldest first."""
    last_id = decode_cursor(after, int) if after is not None else 0
    rows = await fetch_as(SubscriptionView, _SUBSCRIPTIONS, last_id, limit + 1, MAX_COUNTED)
    return make_page(rows, limit, lambda row: row.id)


async def dead_letters(*, limit: int, after: str | None = None) -> Page[DeadLetter]:
    """Webhooks that failed, newest first."""
    last_id = decode_cursor(after, int) if after is not None else None
    rows = await fetch_as(DeadLetter, _DEAD_LETTERS, last_id, limit + 1)
    return make_page(rows, limit, lambda row: row.id)
