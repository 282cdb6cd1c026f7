"""SLA clocks of imported tickets, for a mapping that asks for them (decision 0040)."""

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
from service_desk.imports.files.translating import ImportedRow
from service_desk.rules.clocks.changes import transitions
from service_desk.rules.clocks.fold import Event, fold_clocks
from service_desk.rules.clocks.ranking import rank
from service_desk.rules.policies.policies import PolicyFacts


class _TicketTier(Protocol):
    @property
    def ticket(self) -> int: ...
    @property
    def tier(self) -> str: ...


async def start_clocks(
    rows: Sequence[ImportedRow], places: Sequence[_TicketTier], histories: Sequence[list[Event]]
) -> None:
    """Give every ticket that is not resolved its clocks, from the moment it was received.

    Adds the clocks' events to the histories; what is overdue already, the sweep records.
    """
    row_of_versions = await fetch_one(f"SELECT {CURRENT_VERSIONS_SQL}")
    current = read_current(row_of_versions)
    known = await load_versions(current.policies, current.calendars.values())
    kept: list[StoredClock] = []
    ranks: list[tuple[int, object, object]] = []
    for row, place, history in zip(rows, places, histories, strict=True):
        if row.resolved_at is not None:
            continue
        facts = PolicyFacts(row.kind, row.channel, row.severity, place.tier, row.supplier)
        applied = Event("sla.policy_applied", row.received_at, await policy_for(facts, current))
        history.insert(1, applied)
        clocks = fold_clocks(history, known.policies, known.calendars)
        history.extend(transitions((), clocks, row.received_at))
        kept += [StoredClock(place.ticket, clock) for clock in clocks]
        ranking = rank(clocks, row.severity, place.tier, 0)
        ranks.append((place.ticket, ranking.rank_at, ranking.because))
    await write_clocks(kept, known)
    if ranks:
        await fetch(
            "UPDATE ticket SET rank_at = r.rank_at, rank_because = r.because "
            "FROM unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) AS r (id, rank_at, because) "
            "WHERE ticket.id = r.id",
            *(list(column) for column in zip(*ranks, strict=True)),
        )
