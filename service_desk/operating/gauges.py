"""Figures for Prometheus about the desk as a whole, the same from every process."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from service_desk.database import fetch, fetch_one

REGISTRY = CollectorRegistry()
TICKETS_OPENED = Gauge("desk_tickets_opened", "Tickets ever opened", registry=REGISTRY)
OUTBOX = Gauge("desk_outbox", "Messages waiting, unknown or failed", ("state",), registry=REGISTRY)
SWEEP_LAG = Gauge(
    "desk_sweep_lag_seconds", "How long the oldest due clock level waits", registry=REGISTRY
)

UNSENT_STATES = ("queued", "sending", "unknown", "failed", "undelivered")

# Each part reads an index: a scrape must not cost more as the desk grows.
TICKETS_AND_LEVELS = """
SELECT (SELECT coalesce(max(id), 0) FROM ticket) AS tickets,
    (SELECT min(next_level_at) FROM clock WHERE next_level_at IS NOT NULL) AS due_at
"""
OUTBOX_COUNTS = """
SELECT state, count(*) AS messages FROM outbox WHERE state = 'queued' GROUP BY state
UNION ALL SELECT state, count(*) FROM outbox WHERE state = 'sending' GROUP BY state
UNION ALL SELECT state, count(*) FROM outbox
    WHERE state IN ('unknown', 'failed', 'undelivered') GROUP BY state
"""


async def exposition(now: datetime) -> bytes:
    """All of them in Prometheus' text format."""
    row = await fetch_one(TICKETS_AND_LEVELS)
    assert row is not None, "an aggregate always has a row"
    TICKETS_OPENED.set(row["tickets"])
    SWEEP_LAG.set(max(0.0, (now - row["due_at"]).total_seconds()) if row["due_at"] else 0)
    counts = {found["state"]: found["messages"] for found in await fetch(OUTBOX_COUNTS)}
    for state in UNSENT_STATES:
        OUTBOX.labels(state).set(counts.get(state, 0))
    return generate_latest(REGISTRY)
