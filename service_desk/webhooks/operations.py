"""Subscribe, unsubscribe, send a test, redeliver failed webhooks."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import msgspec

from service_desk.database import fetch, fetch_value, transaction
from service_desk.edits.operations import change_made, refusal
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.jobs import wake
from service_desk.outbox.gateways.channels import webhook_url_rules
from service_desk.rows import count, insert, update
from service_desk.rules.messages.outbound_urls import UrlError, check_url
from service_desk.rules.messages.vocabulary import TEST_EVENT
from service_desk.rules.messages.webhook_signature import secret_of
from service_desk.settings import get_settings
from service_desk.tables import Outbox, WebhookSubscription
from service_desk.webhooks.schemas import (
    MAX_SUBSCRIPTIONS,
    SubscriptionCreated,
    SubscriptionInput,
)

SECRET_BYTES = 32

# So that two subscribers at once cannot exceed the maximum.
_LOCK_ALL = "SELECT pg_advisory_xact_lock(hashtext('webhook subscriptions'))"

# FOR UPDATE waits for transactions that are queueing webhooks of this subscription (their foreign
# keys lock its row), so that unsubscribing sees those, too.
_LOCK_ONE = "SELECT url FROM webhook_subscription WHERE id = $1 AND deleted_at IS NULL FOR UPDATE"

_SUBSCRIBED_SINCE = """
SELECT s.created_by, staff.name FROM webhook_subscription s
    LEFT JOIN staff ON staff.id = s.created_by
WHERE s.url = $1 AND s.id > $2 AND s.deleted_at IS NULL ORDER BY s.id DESC LIMIT 1
"""

_REDELIVER = """
WITH redelivered AS (
    UPDATE outbox o SET state = 'queued', attempts = 0, next_attempt_at = $2, error = NULL
    FROM webhook_subscription s
    WHERE s.id = o.subscription AND s.deleted_at IS NULL
        AND o.channel = 'webhook' AND o.state IN ('failed', 'unknown')
        AND ($1::bigint[] IS NULL OR o.id = ANY ($1))
    RETURNING o.id)
SELECT count(*) FROM redelivered
"""


async def subscribe(
    new: SubscriptionInput, *, staff_id: int, now: datetime, newest_seen: int | None = None
) -> SubscriptionCreated:
    """Send these events to that URL from now on. Raises InvalidInput, Conflict, and Overtaken if
    somebody subscribed that URL after the newest subscription that the caller has seen (by id)."""
    try:
        check_url(new.url, **webhook_url_rules(get_settings()))
    except UrlError as error:
        raise InvalidInput(error.message, field="url", **error.params) from error
    events = list(dict.fromkeys(new.events))
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    async with transaction():
        await fetch(_LOCK_ALL)
        if newest_seen is not None:
            await _check_not_subscribed_since(new.url, newest_seen, staff_id)
        if await count(WebhookSubscription, deleted_at=None) >= MAX_SUBSCRIPTIONS:
            raise Conflict(
                "There are already {max} subscriptions; delete one first.",
                max=MAX_SUBSCRIPTIONS,
            )
        id_ = await insert(
            WebhookSubscription,
            url=new.url,
            events=events,
            secret=secret,
            created_at=now,
            created_by=staff_id,
        )
    return SubscriptionCreated(id_, new.url, list(events), now, secret)


async def _check_not_subscribed_since(url: str, newest_seen: int, staff_id: int) -> None:
    for row in await fetch(_SUBSCRIBED_SINCE, url, newest_seen):
        own = row["created_by"] == staff_id
        raise refusal({"url": change_made(row["name"], "subscription", url, own=own)})


async def unsubscribe(subscription: int, *, now: datetime) -> None:
    """Send it nothing more, including what is queued. Raises NotFound."""
    async with transaction():
        await _lock(subscription)
        await update(WebhookSubscription, {WebhookSubscription.deleted_at: now}, id=subscription)
        failed = {
            Outbox.state: "failed",
            Outbox.next_attempt_at: None,
            Outbox.error: "The subscription was deleted.",
        }
        await update(Outbox, failed, subscription=subscription, state="queued")


async def send_test(subscription: int, *, actor: str, now: datetime) -> int:
    """Queue a test event, delivered like a real one; its outbox id. Raises NotFound."""
    event = {
        "id": f"msg_{uuid4().hex}",
        "type": TEST_EVENT,
        "timestamp": now,
        "data": {"actor": actor},
    }
    async with transaction():
        outbox = await insert(
            Outbox,
            channel="webhook",
            recipient=await _lock(subscription),
            body=msgspec.json.encode(event).decode(),
            subscription=subscription,
            purpose=TEST_EVENT,
            state="queued",
            next_attempt_at=now,
            created_at=now,
        )
        wake("deliver_webhooks", about=outbox)
        return outbox


async def redeliver(ids: Sequence[int] | None, *, now: datetime) -> int:
    """Queue these dead letters again, or all of them (None), with new attempts; how many.

    A webhook keeps its id, so a receiver that had accepted it recognises it. Dead letters of
    deleted subscriptions stay.
    """
    async with transaction():
        wake("deliver_webhooks", about="redelivery")
        return await fetch_value(_REDELIVER, None if ids is None else list(ids), now)


async def _lock(subscription: int) -> str:
    """Its URL."""
    url = await fetch_value(_LOCK_ONE, subscription)
    if url is None:
        raise NotFound("There is no subscription {id}.", id=subscription)
    return url
