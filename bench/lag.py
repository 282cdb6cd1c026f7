"""How long after its instant a level is on record, with 500 due a second and a real worker."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from bench.desk import START_TIMEOUT, process, reset_desk
from bench.figures import Figure, median, percentile
from bench.fill import fill
from service_desk.clocks.sweep import BATCH
from service_desk.database import fetch
from service_desk.jobs import LOOK_AHEAD
from service_desk.valkey import WORKER_HEARTBEAT, valkey

DUE_PER_SECOND = 500
SECONDS = 30
POLL_SECONDS = 0.05  # seconds between looks: the lag is overstated by up to that

# One after the other, every clock uses up half of its target.
SPREAD_DUE_TIMES = """
UPDATE clock SET next_level_at = half.at, anchor_at = half.at - target / 2,
    started_at = half.at - target / 2, due_at = half.at + target / 2
FROM (SELECT id, $1::timestamptz + (id - 1) * interval '1 second' / $2::int AS at,
        target_seconds * interval '1 second' AS target
    FROM clock) AS half
WHERE half.id = clock.id
"""


async def lag() -> AsyncGenerator[Figure]:
    await reset_desk()
    clocks = DUE_PER_SECOND * SECONDS
    await fill(clocks // 3, clocks // 3, datetime.now(UTC))
    with process("service_desk.cli", "worker"):
        async with asyncio.timeout(START_TIMEOUT):
            while not await valkey().exists(WORKER_HEARTBEAT):  # noqa: ASYNC110 — its doing
                await asyncio.sleep(POLL_SECONDS)
        # Nothing is woken for these: the worker's timer finds them in time.
        await fetch(
            SPREAD_DUE_TIMES, datetime.now(UTC) + timedelta(seconds=2 * LOOK_AHEAD), DUE_PER_SECOND
        )
        lags = await _watch(clocks)
    at = f"{DUE_PER_SECOND} due a second"
    yield Figure(f"lag from due to on record, {at}, median", median(lags), "s")
    yield Figure(f"lag from due to on record, {at}, 99 %", percentile(lags, 99), "s", at_most=1)


async def _watch(clocks: int) -> list[float]:
    """By looking: a level counts when another connection sees it."""
    seen: dict[int, float] = {}
    until = time.monotonic() + SECONDS + START_TIMEOUT
    while len(seen) < clocks:
        if time.monotonic() > until:
            raise RuntimeError(f"only {len(seen)} of {clocks} levels are on record")
        newest = max(seen, default=0)
        for row in await fetch("SELECT id, at FROM staff_alert WHERE id > $1", newest - BATCH):
            seen.setdefault(row["id"], (datetime.now(UTC) - row["at"]).total_seconds())
        await asyncio.sleep(POLL_SECONDS)
    return list(seen.values())
