"""Subscribe, unsubscribe, try out, send again what was given up on."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import msgspec

from service_desk.database import fetch, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.jobs import wake
from service_desk.outbox.gateways import webhook_url_rules
from service_desk.rules.messages.outbound_urls import UrlError, check_url
from service_desk.rules.messages.webhook_signature import secret_of
from service_desk.settings import get_settings
from service_desk.webhooks.schemas import (
    MAX_SUBSCRIPTIONS,
    TEST_EVENT,
    SubscriptionCreated,
    SubscriptionInput,
)

SECRET_BYTES = 32
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('webhook subscriptions'))"


async def subscribe(
    wanted: SubscriptionInput, *, staff_id: int, now: datetime
) -> SubscriptionCreated:
    """Tell that URL of these events from now on. Raises InvalidInput, Conflict."""
    try:
        check_url(wanted.url, **webhook_url_rules(get_settings()))
    except UrlError as error:
        raise InvalidInput(error.message, field="url", **error.params) from error
    events = list(dict.fromkeys(wanted.events))
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    async with transaction():
        await fetch(_LOCK)
        count = await fetch_value(
            "SELECT count(*) FROM webhook_subscription WHERE deleted_at IS NULL"
        )
        if count >= MAX_SUBSCRIPTIONS:
            raise Conflict(
                "There are {max} subscriptions already; delete one first.",
                max=MAX_SUBSCRIPTIONS,
            )
        id_ = await fetch_value(
            "INSERT INTO webhook_subscription (url, events, secret, created_at, created_by) "
            "VALUES ($1, $2, $3, $4, $5) RETURNING id",
            *(wanted.url, events, secret, now, staff_id),
        )
    return SubscriptionCreated(id_, wanted.url, list(events), now, secret)


async def unsubscribe(subscription: int, *, now: datetime) -> None:
    """Tell it nothing more, also of what waits. Raises NotFound."""
    async with transaction():
        await _lock(subscription)
        await fetch(
            "UPDATE webhook_subscription SET deleted_at = $2 WHERE id = $1", subscription, now
        )
        await fetch(
            "UPDATE outbox SET state = 'failed', next_attempt_at = NULL, "
            "error = 'The subscription was deleted.' WHERE subscription = $1 AND state = 'queued'",
            subscription,
        )


async def send_test(subscription: int, *, actor: str, now: datetime) -> int:
    """Queue an event that means nothing, on the road of the real ones; its outbox id.

    Raises NotFound.
    """
    event = {
        "id": f"msg_{uuid4().hex}",
        "type": TEST_EVENT,
        "timestamp": now,
        "data": {"actor": actor},
    }
    async with transaction():
        url = await _lock(subscription)
        outbox: int = await fetch_value(
            "INSERT INTO outbox (channel, recipient, subject, body, subscription, purpose, state, "
            "attempts, next_attempt_at, created_at) "
            "VALUES ('webhook', $1, '', $2, $3, $4, 'queued', 0, $5, $5) RETURNING id",
            *(url, msgspec.json.encode(event).decode(), subscription, TEST_EVENT, now),
        )
        wake("deliver_webhooks", about=outbox)
        return outbox


async def redeliver(letters: Sequence[int] | None, *, now: datetime) -> int:
    """Try these dead letters again from the start, or all of them (None); how many there were.

    Their ids stay: a receiver that had one after all knows it. Those of deleted subscriptions
    stay dead.
    """
    return await fetch_value(
        "WITH again AS (UPDATE outbox o SET state = 'queued', attempts = 0, next_attempt_at = $2, "
        "error = NULL FROM webhook_subscription s WHERE s.id = o.subscription "
        "AND s.deleted_at IS NULL AND o.channel = 'webhook' AND o.state IN ('failed', 'unknown') "
        "AND ($1::bigint[] IS NULL OR o.id = ANY ($1)) RETURNING o.id) "
        "SELECT count(*) FROM again",
        *(None if letters is None else list(letters), now),
    )


async def _lock(subscription: int) -> str:
    url = await fetch_value(
        "SELECT url FROM webhook_subscription WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
        subscription,
    )
    if url is None:
        raise NotFound("There is no subscription {id}.", id=subscription)
    return url
