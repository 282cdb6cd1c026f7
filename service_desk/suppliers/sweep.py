"""The worker's sweep over the ladders: proposes, withdraws and flags actions (DESIGN §2.6).

A supplier is due when something that its ladder rests on has changed, and once a day: months,
contracts and years without an offence end by themselves.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time

from msgspec import Struct

from service_desk.database import fetch, fetch_as, transaction
from service_desk.notifications.operations import notify_of_proposal
from service_desk.rows import is_in, list_rows, update
from service_desk.rules.suppliers.actions import ActionChanges, reconcile
from service_desk.rules.suppliers.ladder import RungProposal
from service_desk.settings import get_settings
from service_desk.suppliers.facts import LadderSupplier, SupplierStanding, supplier_standings
from service_desk.tables import Supplier, SupplierAction

BATCH = 100

LOCK_DUE = """
SELECT id, created_at, contract_started_on, removed_at FROM supplier
WHERE ladder_checked_at IS NULL OR ladder_checked_at < $1
ORDER BY ladder_checked_at NULLS FIRST, id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""
# If two workers come to the same proposal, the unique index lets one of them insert it.
PROPOSE = """
INSERT INTO supplier_action (supplier, category, month, rung, state, offences, evidence, because,
    proposed_at, decision_note)
SELECT supplier, category, month, rung, 'proposed', offences, evidence, because, $8, ''
FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::text[], $5::int[], $6::jsonb[],
    $7::jsonb[]) AS p (supplier, category, month, rung, offences, evidence, because)
ON CONFLICT DO NOTHING RETURNING supplier
"""
REFRESH = """
UPDATE supplier_action a SET state = 'proposed', offences = p.offences, evidence = p.evidence,
    because = p.because, decided_at = NULL
FROM unnest($1::bigint[], $2::int[], $3::jsonb[], $4::jsonb[])
    AS p (id, offences, evidence, because), supplier_action before
WHERE a.id = p.id AND before.id = p.id
RETURNING a.supplier, before.state = 'withdrawn' AS again
"""
FLAG = """
UPDATE supplier_action a SET flagged_at = coalesce(flagged_at, $3), flagged_tickets = f.tickets
FROM unnest($1::bigint[], $2::jsonb[]) AS f (id, tickets)
WHERE a.id = f.id
"""


class Named(Struct, frozen=True):
    id: int
    name: str


class LadderSweep(Struct):
    """How many actions one sweep proposed, withdrew, refreshed, flagged and unflagged."""

    proposed: int = 0
    withdrawn: int = 0
    refreshed: int = 0
    flagged: int = 0
    unflagged: int = 0


async def sweep_ladders(now: datetime) -> LadderSweep:
    """Bring the actions of every supplier that is due in line with the tickets as they are now.

    Any number of workers may sweep at once: a supplier that another one has locked is skipped.
    """
    sweep = LadderSweep()
    while await _sweep_batch(now, sweep):
        pass
    return sweep


async def sweep_due_ladders(now: datetime) -> int:
    """One batch of them; how many suppliers it were. 0: none is due."""
    return await _sweep_batch(now, LadderSweep())


async def _sweep_batch(now: datetime, sweep: LadderSweep) -> int:
    zone = get_settings().zone
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    async with transaction():
        suppliers = await fetch_as(LadderSupplier, LOCK_DUE, midnight, BATCH)
        if suppliers:
            await _reconcile(await supplier_standings(suppliers, now), now, sweep)
            checked = is_in(Supplier.id, [supplier.id for supplier in suppliers])
            await update(Supplier, {Supplier.ladder_checked_at: now}, checked)
    return len(suppliers)


async def _reconcile(
    standings: Iterable[SupplierStanding], now: datetime, sweep: LadderSweep
) -> None:
    proposals: list[tuple[int, RungProposal]] = []
    changes: list[ActionChanges] = []
    for standing in standings:
        change = reconcile(standing.proposals, standing.actions, standing.unsupported)
        changes.append(change)
        if not standing.removed:
            proposals += [(standing.supplier, proposal) for proposal in change.propose]
    refresh = [pair for change in changes for pair in change.refresh]
    withdraw = [id_ for change in changes for id_ in change.withdraw]
    flag = [pair for change in changes for pair in change.flag]
    unflag = [id_ for change in changes for id_ in change.unflag]
    waiting = await _propose(proposals, now) | await _refresh(refresh)
    await _tell_supervisors(waiting, now)
    await _withdraw(withdraw, now)
    await _flag(flag, now)
    await _unflag(unflag)
    sweep.proposed += len(proposals)
    sweep.refreshed += len(refresh)
    sweep.withdrawn += len(withdraw)
    sweep.flagged += len(flag)
    sweep.unflagged += len(unflag)


async def _propose(proposals: Sequence[tuple[int, RungProposal]], now: datetime) -> set[int]:
    """The suppliers with a new proposal."""
    if not proposals:
        return set()
    proposed = await fetch(
        PROPOSE,
        [supplier for supplier, _ in proposals],
        [proposal.category for _, proposal in proposals],
        [proposal.month for _, proposal in proposals],
        [proposal.rung for _, proposal in proposals],
        [proposal.because.count for _, proposal in proposals],
        [proposal.evidence for _, proposal in proposals],
        [proposal.because for _, proposal in proposals],
        now,
    )
    return {row["supplier"] for row in proposed}


async def _refresh(refresh: Sequence[tuple[int, RungProposal]]) -> set[int]:
    """The suppliers with a proposal that had been withdrawn."""
    if not refresh:
        return set()
    refreshed = await fetch(
        REFRESH,
        [id_ for id_, _ in refresh],
        [proposal.because.count for _, proposal in refresh],
        [proposal.evidence for _, proposal in refresh],
        [proposal.because for _, proposal in refresh],
    )
    return {row["supplier"] for row in refreshed if row["again"]}


async def _tell_supervisors(suppliers: set[int], now: datetime) -> None:
    """Once for each supplier, however many rungs were proposed together."""
    if not suppliers:
        return
    named = await list_rows(
        Named, Supplier, is_in(Supplier.id, sorted(suppliers)), order_by=Supplier.id
    )
    for supplier in named:
        await notify_of_proposal(supplier.id, supplier.name, now=now)


async def _withdraw(actions: Sequence[int], now: datetime) -> None:
    if actions:
        values = {SupplierAction.state: "withdrawn", SupplierAction.decided_at: now}
        await update(SupplierAction, values, is_in(SupplierAction.id, actions))


async def _flag(flag: Sequence[tuple[int, tuple[str, ...]]], now: datetime) -> None:
    if flag:
        await fetch(FLAG, [id_ for id_, _ in flag], [tickets for _, tickets in flag], now)


async def _unflag(actions: Sequence[int]) -> None:
    if actions:
        values = {SupplierAction.flagged_at: None, SupplierAction.flagged_tickets: "[]"}
        await update(SupplierAction, values, is_in(SupplierAction.id, actions))
