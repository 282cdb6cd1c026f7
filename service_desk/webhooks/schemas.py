"""Webhook subscriptions as REST and pages see them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from service_desk.rules.messages.vocabulary import OutboxState, WebhookEvent

MAX_SUBSCRIPTIONS = 20


class SubscriptionInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`url`: https, with a host, outside the desk's own network."""

    url: Annotated[str, Meta(min_length=1, max_length=254)]
    events: Annotated[list[WebhookEvent], Meta(min_length=1, max_length=20)]


class SubscriptionView(Struct, frozen=True):
    """`waiting`: webhooks queued or being sent; `failed`: to be redelivered by a person; both are
    counted up to 1000. `last_…`: the newest webhook.
    """

    id: int
    url: str
    events: list[WebhookEvent]
    created_at: datetime
    created_by: str | None
    waiting: int
    failed: int
    last_at: datetime | None
    last_state: OutboxState | None
    last_error: str | None


class SubscriptionCreated(Struct, frozen=True):
    """The only response with the secret: whsec_ and base64."""

    id: int
    url: str
    events: list[WebhookEvent]
    created_at: datetime
    secret: str


class TestQueued(Struct, frozen=True):
    """The test is queued; the subscription's `last_state` shows the outcome."""

    id: int
    event: str


class DeadLetter(Struct, frozen=True):
    """A failed webhook. `number`: of its ticket. `subscribed`: the subscription still exists."""

    id: int
    subscription: int
    url: str
    event: str
    number: str | None
    attempts: int
    error: str | None
    created_at: datetime
    subscribed: bool
