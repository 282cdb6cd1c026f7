"""`service-desk sla verify` of 100,000 tickets that lived."""

import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from bench.desk import reset_desk
from bench.figures import Figure
from service_desk.clocks.sweep import record_due_levels
from service_desk.database import fetch, fetch_value
from tests.clocks import year

TICKETS = 100_000
SIMULATED_TICKETS = 200  # tickets that really live; the others are their copies
DAYS = 30


async def verify() -> AsyncGenerator[Figure]:
    """The start of the command included."""
    await reset_desk()
    await year.prepare()
    for at, action in year.actions(SIMULATED_TICKETS, DAYS, seed=1):
        await record_due_levels(at)
        await action(at)
    await record_due_levels(datetime.now(UTC))
    await _copy(TICKETS // SIMULATED_TICKETS - 1)
    tickets = await fetch_value("SELECT count(*) FROM ticket")
    events = await fetch_value("SELECT count(*) FROM ticket_event")
    start = time.perf_counter()
    verified = subprocess.run(  # noqa: ASYNC221 — nothing else is to run
        [sys.executable, "-m", "service_desk.cli", "sla", "verify"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds = time.perf_counter() - start
    yield Figure(f"sla verify of {tickets:,} tickets, {events:,} events", seconds, "s", at_most=60)
    assert verified.stdout.endswith(f"{tickets:,} tickets verified, 0 differences.\n")


async def _copy(times: int) -> None:
    """Every ticket with its events and clocks, that many times over."""
    for table, changed in (
        ("ticket", {"id": "id + copy * $2", "number": "number || 'x' || copy",
                    "token": "token || copy"}),
        ("ticket_event", {"ticket": "ticket + copy * $2"}),
        ("clock", {"ticket": "ticket + copy * $2"}),
    ):  # fmt: skip
        rows = await fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1 "
            "AND (column_name <> 'id' OR $1 = 'ticket')",
            table,
        )
        columns: list[str] = [row["column_name"] for row in rows]
        await fetch(
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {', '.join(changed.get(column, column) for column in columns)} "
            f"FROM {table}, generate_series(1, $1::bigint) AS copy "
            f"WHERE $2::bigint > 0 ORDER BY copy, {table}.id",
            times,
            SIMULATED_TICKETS,
        )
        await fetch(f"VACUUM ANALYZE {table}")
