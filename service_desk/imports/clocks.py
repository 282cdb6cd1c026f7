"""SLA clocks of imported tickets, if the mapping requests them (decision 0040)."""

from collections.abc import Sequence
from typing import Protocol

from service_desk.clocks.rows import StoredClock, write_clocks
from service_desk.clocks.versions import (
    CURRENT_VERSIONS_SQL,
    load_versions,
    policy_for,
    read_current,
)
from service_desk.database import fetch, fetch_one
from service_desk.imports.files.row_parsing import ImportedRow
from service_desk.rules.clocks.changes import transitions
from service_desk.rules.clocks.fold import fold_clocks
from service_desk.rules.clocks.ranking import rank
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.tickets.event import Event

CURRENT_VERSIONS = f"SELECT {CURRENT_VERSIONS_SQL}"
SET_RANKS = """
UPDATE ticket SET rank_at = r.rank_at, rank_because = r.because
FROM unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) AS r (id, rank_at, because)
WHERE ticket.id = r.id
"""


class _TicketTier(Protocol):
    @property
    def ticket(self) -> int: ...
    @property
    def tier(self) -> Tier: ...


async def start_clocks(
    rows: Sequence[ImportedRow], keys: Sequence[_TicketTier], histories: Sequence[list[Event]]
) -> None:
    """Start the clocks of every ticket that is not resolved, from the time it was received.

    Appends the events of the clocks to the histories. The sweep records what is already overdue.
    """
    current = read_current(await fetch_one(CURRENT_VERSIONS))
    versions = await load_versions(current.policies, current.calendars.values())
    started: list[StoredClock] = []
    ranks: list[tuple[int, object, object]] = []
    for row, key, history in zip(rows, keys, histories, strict=True):
        if row.resolved_at is not None:
            continue
        facts = PolicyFacts(row.kind, row.channel, row.severity, key.tier, row.supplier)
        applied = Event(row.received_at, await policy_for(facts, current))
        history.insert(1, applied)
        clocks = fold_clocks(history, versions.policies, versions.calendars)
        history.extend(transitions((), clocks, row.received_at))
        started += [StoredClock(key.ticket, clock) for clock in clocks]
        ranking = rank(clocks, row.severity, key.tier, 0)
        ranks.append((key.ticket, ranking.rank_at, ranking.because))
    await write_clocks(started, versions)
    if ranks:
        await fetch(SET_RANKS, *(list(column) for column in zip(*ranks, strict=True)))
