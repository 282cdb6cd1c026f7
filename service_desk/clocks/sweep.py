"""The sweep over due clocks: which levels were reached as of now? (DESIGN §2.3)"""

from datetime import datetime, timedelta

from service_desk.clocks.rows import append_events, raise_alerts, stored_clock, write_clocks
from service_desk.clocks.versions import load_versions
from service_desk.database import after_commit, fetch, transaction
from service_desk.live.publishing import publish_changes
from service_desk.principal import SYSTEM
from service_desk.rules.clocks.changes import LevelDue, level_events, levels_due
from service_desk.rules.tickets.event import Event

BATCH = 500  # clocks per transaction: short locks, few round trips
AN_INSTANT = timedelta(microseconds=1)

_CLAIM_TICKETS = """
    SELECT ticket.id, ticket.number, next_level_at
    FROM clock JOIN ticket ON ticket.id = clock.ticket WHERE next_level_at < $1
    ORDER BY next_level_at LIMIT $2 FOR NO KEY UPDATE OF ticket SKIP LOCKED
"""
_LOCK_DUE_CLOCKS = """
    SELECT * FROM clock WHERE ticket = ANY($1) AND next_level_at < $2 FOR NO KEY UPDATE
"""


async def record_due_levels(now: datetime) -> int:
    """Record every level reached before now, in order, each exactly once. Returns how many clocks
    were processed, counted once per batch.

    Any number of workers may run this at once: tickets are locked with SKIP LOCKED, and what is due
    is computed from the clocks read under the lock. However late a worker is, the levels of one
    ticket are recorded in order; those of all tickets are, too, unless one worker overtakes
    another.
    """
    processed, more = 0, True
    while more:
        batch, more = await _record_batch(now)
        processed += batch
    return processed


async def _record_batch(now: datetime) -> tuple[int, bool]:
    """Record the levels reached up to the instant at which the last of the first BATCH clocks is
    due; the next batch continues from there. Recording all levels of a clock at once would run
    ahead of the clocks outside the batch. Returns how many clocks, and whether more may be due."""
    async with transaction():
        due = await fetch(_CLAIM_TICKETS, now, BATCH)
        if not due:
            return 0, False
        until = now
        if len(due) == BATCH:
            until = max(row["next_level_at"] for row in due) + AN_INSTANT
        rows = await fetch(_LOCK_DUE_CLOCKS, list({row["id"] for row in due}), until)
        clocks = [stored_clock(row) for row in rows]
        known = await load_versions(
            {stored.clock.policy_version for stored in clocks},
            {stored.clock.calendar_version for stored in clocks},
        )
        reached: list[tuple[int, LevelDue]] = []
        for stored in clocks:
            business_time = known.business_time(stored.clock.calendar_version)
            policy = known.policies[stored.clock.policy_version]
            levels = levels_due(stored.clock, stored.level_reached, policy, business_time, until)
            reached += [(stored.ticket, level) for level in levels]
            stored.level_reached = levels[-1].percent if levels else stored.level_reached
        reached.sort(key=lambda pair: pair[1].at)
        events: list[tuple[int, Event]] = [
            (ticket, event) for ticket, level in reached for event in level_events([level])
        ]
        await write_clocks(clocks, known)
        await append_events(
            [ticket for ticket, _ in events],
            [event for _, event in events],
            [SYSTEM] * len(events),
            now,
        )
        await raise_alerts([ticket for ticket, _ in reached], [level for _, level in reached], now)
        after_commit(lambda: publish_changes(*{row["number"] for row in due}))
        return len(clocks), len(due) == BATCH
