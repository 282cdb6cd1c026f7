"""What REST takes and tells of webhook subscriptions."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

EventName = Literal[
    "ticket.opened",
    "ticket.assigned",
    "ticket.resolved",
    "ticket.closed",
    "ticket.reopened",
    "ticket.merged",
    "message.received",
    "message.sent",
    "clock.breached",
    "rating.given",
]
TEST_EVENT = "webhook.test"
MAX_SUBSCRIPTIONS = 20


class SubscriptionInput(Struct, frozen=True, forbid_unknown_fields=True):
    """`url`: where to POST; https, outside the desk's own network."""

    url: Annotated[str, Meta(min_length=1, max_length=254)]
    events: Annotated[list[EventName], Meta(min_length=1, max_length=20)]


class SubscriptionView(Struct, frozen=True):
    """`waiting`: on their way; `failed`: given up on, to be sent again by hand (1000 at most).

    `last_state`: what became of the newest one, with `last_error` if it is in trouble.
    """

    id: int
    url: str
    events: list[str]
    created_at: datetime
    created_by: str | None
    waiting: int
    failed: int
    last_at: datetime | None
    last_state: str | None
    last_error: str | None


class SubscriptionCreated(Struct, frozen=True):
    """The only time that the secret is told: whsec_ and base64."""

    id: int
    url: str
    events: list[str]
    created_at: datetime
    secret: str


class TestQueued(Struct, frozen=True):
    """The test is on its way; the subscription's `last_state` tells what became of it."""

    id: int
    event: str


class DeadLetter(Struct, frozen=True):
    """A webhook that was given up on. `subscribed`: somebody still wants it."""

    id: int
    subscription: int
    url: str
    event: str
    number: str | None
    attempts: int
    error: str | None
    created_at: datetime
    subscribed: bool
