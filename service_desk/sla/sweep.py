"""The sweep over due clocks: what levels were reached as of now? (DESIGN §2.3)"""

from datetime import datetime

from service_desk.database import after_commit, fetch, transaction
from service_desk.live.events import announce
from service_desk.rules.clock_changes import LevelDue, level_events, levels_due
from service_desk.rules.sla_clocks import Event
from service_desk.sla.rows import append_events, kept_clock, raise_alerts, write_clocks
from service_desk.sla.versions import versions

BATCH = 500  # clocks a transaction: short locks, few round trips


async def record_due_levels(now: datetime) -> int:
    """Record every level reached before now, in order, each exactly once. Returns the number of
    clocks taken up.

    Any number of workers may run this at once: a clock is taken with SKIP LOCKED, and what is due
    is computed from the row as it stands under the lock.
    """
    recorded = 0
    while batch := await _record_batch(now):
        recorded += batch
    return recorded


async def _record_batch(now: datetime) -> int:
    async with transaction():
        rows = await fetch(
            "SELECT clock.*, ticket.number FROM clock JOIN ticket ON ticket.id = clock.ticket "
            "WHERE next_level_at < $1 ORDER BY next_level_at "
            f"LIMIT {BATCH} FOR NO KEY UPDATE OF clock SKIP LOCKED",
            now,
        )
        if not rows:
            return 0
        clocks = [kept_clock(row) for row in rows]
        known = await versions(
            {kept.clock.policy_version for kept in clocks},
            {kept.clock.calendar_version for kept in clocks},
        )
        reached: list[tuple[int, LevelDue]] = []
        for kept in clocks:
            business_time = known.business_time(kept.clock.calendar_version)
            policy = known.policies[kept.clock.policy_version]
            due = levels_due(kept.clock, kept.level_reached, policy, business_time, now)
            reached += [(kept.ticket, level) for level in due]
            kept.level_reached = due[-1].percent if due else kept.level_reached
        reached.sort(key=lambda pair: pair[1].at)
        events: list[tuple[int, Event]] = [
            (ticket, event) for ticket, level in reached for event in level_events([level])
        ]
        await write_clocks(clocks, known)
        await append_events(
            [ticket for ticket, _ in events],
            [event for _, event in events],
            ["system"] * len(events),
            now,
        )
        await raise_alerts([ticket for ticket, _ in reached], [level for _, level in reached], now)
        after_commit(lambda: announce(*{row["number"] for row in rows}))
        return len(rows)
