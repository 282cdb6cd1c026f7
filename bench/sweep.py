"""The sweep over due clocks, against plain SQL doing the same writes, and with nothing due."""

import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from bench.desk import reset_desk
from bench.figures import Figure, median
from bench.fill import fill
from service_desk.clocks.sweep import BATCH, record_due_levels
from service_desk.database import DB, fetch, fetch_value

NOW = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)


DUE = 100_000


async def sweep() -> AsyncGenerator[Figure]:
    """Clocks a second, each with one UPDATE and two INSERTs, in batches."""
    await reset_desk()
    swept, plain = await due_clocks(DUE)
    yield Figure(f"sweep of {DUE:,} due clocks", swept, "/s")
    yield Figure("plain SQL, the same writes", plain, "/s")
    yield Figure("sweep, as a share of plain SQL", swept / plain, at_least=0.2)


async def nothing_due() -> Figure:
    """On a desk that is filled already; the median of 200 sweeps."""
    times: list[float] = []
    for _ in range(200):
        start = time.perf_counter()
        assert await record_due_levels(NOW) == 0
        times.append((time.perf_counter() - start) * 1000)
    return Figure("sweep with nothing due", median(times), "ms", at_most=5)


async def due_clocks(clocks: int) -> tuple[float, float]:
    """Clocks a second: the sweep's and plain SQL's."""
    tickets = -(-clocks // 3)
    await fill(tickets, tickets, NOW)
    await fetch("DELETE FROM clock WHERE id > $1", clocks)
    # Every clock has reached exactly its first level: one UPDATE and two INSERTs each.
    at = NOW + timedelta(seconds=1)
    await fetch("UPDATE clock SET next_level_at = $1", NOW)
    await fetch(
        "UPDATE clock SET anchor_at = $1::timestamptz - target_seconds * interval '0.5 second', "
        "started_at = $1::timestamptz - target_seconds * interval '0.5 second'",
        NOW,
    )
    await fetch("VACUUM ANALYZE clock")
    plain = await _plain_sql(at)
    await fetch("TRUNCATE ticket_event, staff_alert")
    await fetch("UPDATE clock SET level_reached = 0, next_level = 50, next_level_at = $1", NOW)
    await fetch("VACUUM ANALYZE clock")
    start = time.perf_counter()
    await record_due_levels(at)
    swept = clocks / (time.perf_counter() - start)
    assert await fetch_value("SELECT count(*) FROM staff_alert") == clocks
    return swept, plain


async def _plain_sql(at: datetime) -> float:
    assert DB.pool is not None
    async with DB.pool.acquire() as connection:
        rows = await connection.fetch("SELECT id, ticket FROM clock")
        start = time.perf_counter()
        for first in range(0, len(rows), BATCH):
            batch = rows[first : first + BATCH]
            async with connection.transaction():
                await connection.executemany(
                    "UPDATE clock SET level_reached = 50, next_level = 80, next_level_at = $2 "
                    "WHERE id = $1",
                    [(row["id"], at + timedelta(hours=1)) for row in batch],
                )
                await connection.executemany(
                    "INSERT INTO ticket_event (ticket, type, at, recorded_at, actor, data) "
                    "VALUES ($1, 'clock.level_reached', $2, $2, 'system', $3)",
                    [(row["ticket"], at, {"clock": "response", "percent": 50}) for row in batch],
                )
                await connection.executemany(
                    "INSERT INTO staff_alert "
                    "(ticket, clock, percent, recipients, at, notify_after) "
                    "VALUES ($1, $2, 50, '{in_app}', $3, $3)",
                    [(row["ticket"], row["id"], at) for row in batch],
                )
        return len(rows) / (time.perf_counter() - start)
