"""Figures for Prometheus: requests of this process, and how the desk as a whole stands."""

import time
from datetime import datetime
from typing import cast

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from service_desk.database import fetch, fetch_one

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "desk_requests", "Requests answered", ("method", "route", "status"), registry=REGISTRY
)
SECONDS = Histogram(
    "desk_request_seconds",
    "Time to answer",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
TICKETS = Gauge("desk_tickets_opened", "Tickets ever opened", registry=REGISTRY)
OUTBOX = Gauge("desk_outbox", "Messages not yet sent, or in trouble", ("state",), registry=REGISTRY)
SWEEP_LAG = Gauge(
    "desk_sweep_lag_seconds", "How long the oldest due clock level waits", registry=REGISTRY
)

OUTBOX_STATES = ("queued", "sending", "unknown", "failed", "undelivered")


async def exposition(now: datetime) -> bytes:
    """All figures in Prometheus' text format. Each query below is one look at an index."""
    row = await fetch_one(
        "SELECT (SELECT coalesce(max(id), 0) FROM ticket) AS tickets, "
        "(SELECT min(next_level_at) FROM clock WHERE next_level_at IS NOT NULL) AS due_at"
    )
    if row is None:  # an aggregate always has a row
        return b""
    TICKETS.set(row["tickets"])
    SWEEP_LAG.set(max(0.0, (now - row["due_at"]).total_seconds()) if row["due_at"] else 0)
    waiting = await fetch(
        "SELECT state, count(*) AS messages FROM outbox WHERE state = 'queued' GROUP BY state "
        "UNION ALL SELECT state, count(*) FROM outbox WHERE state = 'sending' GROUP BY state "
        "UNION ALL SELECT state, count(*) FROM outbox "
        "WHERE state IN ('unknown', 'failed', 'undelivered') GROUP BY state"
    )
    counted = {found["state"]: found["messages"] for found in waiting}
    for state in OUTBOX_STATES:
        OUTBOX.labels(state).set(counted.get(state, 0))
    return generate_latest(REGISTRY)


class MeasureRequests(ASGIMiddleware):
    """Counts by route, not by address, which would name customers and grow without end."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        started = time.perf_counter()
        status = 500

        async def remember_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, remember_status)
        finally:
            known = cast(dict[str, object], scope)
            route = str(known.get("path_template") or "none")
            REQUESTS.labels(str(known.get("method")), route, status).inc()
            if not route.startswith("/live/"):  # these are open for as long as a page is
                SECONDS.labels(route).observe(time.perf_counter() - started)
