"""Subscriptions, queued webhooks, and their delivery by a worker."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec

from service_desk.database import fetch, fetch_value
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.rules.messages.vocabulary import WebhookEvent
from service_desk.settings import Settings
from tests.factories import NOW, make_staff

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


async def subscription(url: str, *events: WebhookEvent, secret: str = SECRET) -> int:
    """As created on a desk where that URL is allowed."""
    supervisors = await fetch("SELECT id FROM staff WHERE role = 'supervisor'")
    staff = supervisors[0]["id"] if supervisors else await make_staff("supervisor")
    return await fetch_value(
        "INSERT INTO webhook_subscription (url, events, secret, created_at, created_by) "
        "VALUES ($1, $2, $3, $4, $5) RETURNING id",
        *(url, list(events), secret, NOW, staff),
    )


async def queued() -> list[dict[str, Any]]:
    """The webhooks in the outbox, oldest first."""
    rows = await fetch("SELECT body FROM outbox WHERE channel = 'webhook' ORDER BY id")
    return [msgspec.json.decode(row["body"]) for row in rows]


async def states() -> list[str]:
    rows = await fetch("SELECT state FROM outbox WHERE channel = 'webhook' ORDER BY id")
    return [row["state"] for row in rows]


@asynccontextmanager
async def gateways() -> AsyncGenerator[None]:
    """Gateways of a worker that may call this machine."""
    async with open_gateways(Settings(demo=True)):
        yield


async def deliver(now: datetime = NOW) -> None:
    while await deliver_due(now, ["webhook"]):
        pass


def types(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]
