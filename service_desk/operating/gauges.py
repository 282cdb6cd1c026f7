"""Figures for Prometheus: how the desk as a whole stands, whichever process is asked."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from service_desk.database import fetch, fetch_one

REGISTRY = CollectorRegistry()
TICKETS = Gauge("desk_tickets_opened", "Tickets ever opened", registry=REGISTRY)
OUTBOX = Gauge("desk_outbox", "Messages not yet sent, or in trouble", ("state",), registry=REGISTRY)
SWEEP_LAG = Gauge(
    "desk_sweep_lag_seconds", "How long the oldest due clock level waits", registry=REGISTRY
)

OUTBOX_STATES = ("queued", "sending", "unknown", "failed", "undelivered")


async def exposition(now: datetime) -> bytes:
    """All of them in Prometheus' text format. Each query below is one look at an index."""
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
