"""The facts that the ladder decides by: a supplier's offences and its recorded actions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec import Struct

from service_desk.database import fetch, fetch_as
from service_desk.jobs import wake
from service_desk.rules.suppliers.actions import (
    DECIDED,
    ActionState,
    RecordedAction,
    unsupported_actions,
)
from service_desk.rules.suppliers.ladder import (
    ComplaintFund,
    IssuedRung,
    LadderPolicy,
    Offence,
    Rung,
    RungProposal,
    SupplierFacts,
    propose,
)
from service_desk.settings import get_settings

LADDER_POLICY = LadderPolicy()

OFFENCES = """
SELECT supplier, number, category, received_at FROM ticket
WHERE supplier = ANY($1) AND kind = ANY($2) AND cause = ANY($3)
    AND merged_into IS NULL AND received_at <= $4
ORDER BY received_at, id
"""
ACTIONS = """
SELECT id, supplier, rung, category, month, state, evidence, flagged_at, flagged_tickets
FROM supplier_action WHERE supplier = ANY($1) AND rung <> 'late_referral'
"""


# In one order, so that two who mark several suppliers do not deadlock. One marked is marked again:
# a sweep that has locked one has not seen what we are about to commit.
MARK_DUE = """
UPDATE supplier SET ladder_checked_at = NULL WHERE id IN (
    SELECT id FROM supplier WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE)
"""


class LadderSupplier(Struct, frozen=True):
    id: int
    created_at: datetime
    contract_started_on: date | None
    removed_at: datetime | None


class OffenceRow(Struct, frozen=True):
    supplier: int
    number: str
    category: int | None
    received_at: datetime


class ActionRow(Struct, frozen=True):
    id: int
    supplier: int
    rung: Rung
    category: int | None
    month: date
    state: ActionState
    evidence: tuple[str, ...]
    flagged_at: datetime | None
    flagged_tickets: tuple[str, ...]


class SupplierStanding(Struct, frozen=True):
    """A supplier's recorded actions beside what the ladder proposes now. `unsupported`: approved
    actions that no longer hold, by id, each with the tickets that changed."""

    supplier: int
    removed: bool
    actions: list[RecordedAction]
    proposals: tuple[RungProposal, ...]
    unsupported: dict[int, tuple[str, ...]]


async def recheck_ladders(suppliers: Iterable[int | None]) -> None:
    """Something that the ladder of these suppliers rests on changes in this transaction."""
    if ids := sorted({supplier for supplier in suppliers if supplier is not None}):
        await fetch(MARK_DUE, ids)
        wake("sweep_ladders", about=ids[0])


async def supplier_standings(
    suppliers: Sequence[LadderSupplier], now: datetime
) -> list[SupplierStanding]:
    """The caller holds a lock on the rows if it acts on the answer."""
    ids = [supplier.id for supplier in suppliers]
    offences, actions = await _offences(ids, now), await _actions(ids)
    return [_standing(row, offences[row.id], actions[row.id], now) for row in suppliers]


def _standing(
    supplier: LadderSupplier, offences: list[Offence], actions: list[RecordedAction], now: datetime
) -> SupplierStanding:
    zone = get_settings().zone
    facts = SupplierFacts(
        offences=tuple(offences),
        first_seen_on=supplier.created_at.astimezone(zone).date(),
        issued=tuple(
            IssuedRung(action.rung, action.category, action.month)
            for action in actions
            if action.state == "approved"
        ),
        contract_started_on=supplier.contract_started_on,
        funds=tuple(
            ComplaintFund(action.month, action.evidence)
            for action in actions
            if action.rung == "complaint_fund" and action.state in DECIDED
        ),
    )
    return SupplierStanding(
        supplier.id,
        supplier.removed_at is not None,
        actions,
        propose(facts, today=now.astimezone(zone).date(), tz=zone, policy=LADDER_POLICY),
        unsupported_actions(actions, facts, zone),
    )


async def _offences(suppliers: list[int], now: datetime) -> defaultdict[int, list[Offence]]:
    kinds, causes = LADDER_POLICY.kinds, LADDER_POLICY.counted_causes
    found: defaultdict[int, list[Offence]] = defaultdict(list)
    for row in await fetch_as(OffenceRow, OFFENCES, suppliers, kinds, causes, now):
        found[row.supplier].append(Offence(row.number, row.category, row.received_at))
    return found


async def _actions(suppliers: list[int]) -> defaultdict[int, list[RecordedAction]]:
    found: defaultdict[int, list[RecordedAction]] = defaultdict(list)
    for row in await fetch_as(ActionRow, ACTIONS, suppliers):
        found[row.supplier].append(
            RecordedAction(
                row.id,
                row.rung,
                row.category,
                row.month,
                row.state,
                row.evidence,
                flagged=row.flagged_at is not None,
                flagged_tickets=row.flagged_tickets,
            )
        )
    return found
