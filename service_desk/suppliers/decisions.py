"""A supervisor's decision on a rung that the ladder proposed (DESIGN §2.6)."""

from datetime import date, datetime

from msgspec import Struct

from service_desk.database import to_json, transaction
from service_desk.errors import Conflict, StateCode
from service_desk.rows import get, list_rows, update
from service_desk.rules.suppliers.actions import DECISIONS, ActionState
from service_desk.rules.suppliers.ladder import ProposalReason, Rung, RungProposal
from service_desk.suppliers.deposits import (
    EntryOrigin,
    add_entries,
    forfeit_deposit,
    lock_supplier,
    undo_entries,
)
from service_desk.suppliers.facts import LadderSupplier, recheck_ladders, supplier_standings
from service_desk.suppliers.notices import Consequence, send_notice
from service_desk.suppliers.operations import action_not_found
from service_desk.tables import Supplier, SupplierAction


class LockedAction(Struct, frozen=True):
    id: int
    supplier: int
    rung: Rung
    category: int | None
    month: date
    state: ActionState
    because: ProposalReason
    decided_at: datetime | None


class ActionId(Struct, frozen=True):
    id: int


async def approve(action: int, *, note: str, staff_id: int, now: datetime) -> None:
    """Issue the rung: write the ledger, notify the supplier. All or nothing.

    Raises Conflict if it is already decided, or if the tickets no longer support it.
    """
    async with transaction():
        locked = await _lock(action, "approve")
        because = await _refresh_evidence(locked, now)
        origin = EntryOrigin(f"{locked.rung} {locked.month:%Y-%m}", staff_id, now, action)
        if because.forfeits_deposit:
            await forfeit_deposit(locked.supplier, origin)
            await update(Supplier, {Supplier.removed_at: now}, id=locked.supplier)
        if because.amount:
            kind = "complaint_fund" if locked.rung == "complaint_fund" else "recovery"
            await add_entries(locked.supplier, kind, -because.amount, origin)
        if because.fine:
            await add_entries(locked.supplier, "fine", -because.fine, origin)
        await _record_decision(locked, "approve", note, staff_id, now)
        await send_notice(action, "issued", now)


async def reject(action: int, *, note: str, staff_id: int, now: datetime) -> None:
    """It is not proposed again for the same month and category. Raises Conflict."""
    async with transaction():
        locked = await _lock(action, "reject")
        await _record_decision(locked, "reject", note, staff_id, now)


async def overturn(action: int, *, note: str, staff_id: int, now: datetime) -> None:
    """Overturn an approved rung after the supplier's objection: reversals in the ledger, a notice,
    and a removed supplier is reinstated. Of several removals only the last one that is overturned
    gives anything back (DESIGN §2.6). Raises Conflict."""
    async with transaction():
        locked = await _lock(action, "overturn")
        reason = f"overturned {locked.rung} {locked.month:%Y-%m}"
        origin = EntryOrigin(reason, staff_id, now, action)
        consequences = await _undo(locked, origin)
        await _record_decision(locked, "overturn", note, staff_id, now)
        await send_notice(action, "overturned", now, consequences)


async def _undo(action: LockedAction, origin: EntryOrigin) -> list[Consequence]:
    """What the supplier gets back, if anything."""
    if action.rung != "removal":
        undone = await undo_entries(action.supplier, [action.id], origin)
        return ["reversed"] if undone else []
    if await _removals(action.supplier, "approved", but=action.id):
        return ["still_removed"]
    overturned = await _removals(action.supplier, "overturned", but=action.id)
    undone = await undo_entries(action.supplier, [*overturned, action.id], origin)
    await update(Supplier, {Supplier.removed_at: None}, id=action.supplier)
    return ["reversed", "reinstated"] if undone else ["reinstated"]


async def _removals(supplier: int, state: ActionState, *, but: int) -> list[int]:
    removals = await list_rows(
        ActionId, SupplierAction, SupplierAction.id != but,
        supplier=supplier, rung="removal", state=state,
    )  # fmt: skip
    return [removal.id for removal in removals]


async def _lock(action: int, decision: str) -> LockedAction:
    """First its supplier, as the sweep does, then the action itself: so that neither deadlocks."""
    found = await get(LockedAction, SupplierAction, id=action)
    if found is None:
        raise action_not_found(action)
    await lock_supplier(found.supplier)
    locked = await get(LockedAction, SupplierAction, lock=True, id=action)
    assert locked is not None
    needed, _ = DECISIONS[decision]
    if locked.state != needed:
        raise Conflict(
            "This action is {state}; only one that is {needed} can be decided that way.",
            state=StateCode(locked.state, "action_state"),
            needed=needed,
        )
    return locked


async def _refresh_evidence(action: LockedAction, now: datetime) -> ProposalReason:
    """The tickets as they are now: the approval rests on them, not on those of the proposal."""
    if action.rung == "late_referral":
        return action.because
    supplier = await get(LadderSupplier, Supplier, id=action.supplier)
    assert supplier is not None
    (standing,) = await supplier_standings([supplier], now)
    for proposal in standing.proposals:
        if _key(proposal) == _key(action):
            values = {
                SupplierAction.offences: proposal.because.count,
                SupplierAction.evidence: to_json(proposal.evidence),
                SupplierAction.because: to_json(proposal.because),
            }
            await update(SupplierAction, values, id=action.id)
            return proposal.because
    raise Conflict(
        "The tickets behind this proposal were reclassified and no longer support it. "
        "It will be withdrawn automatically.",
        state=StateCode(action.state, "action_state"),
    )


def _key(rung: RungProposal | LockedAction) -> tuple[object, ...]:
    return rung.rung, rung.category, rung.month


async def _record_decision(
    action: LockedAction, decision: str, note: str, staff_id: int, now: datetime
) -> None:
    values = {
        SupplierAction.state: DECISIONS[decision][1],
        SupplierAction.approved_at: action.decided_at if action.state == "approved" else None,
        SupplierAction.decided_at: now,
        SupplierAction.decided_by: staff_id,
        SupplierAction.decision_note: note,
        SupplierAction.flagged_at: None,
        SupplierAction.flagged_tickets: "[]",
    }
    await update(SupplierAction, values, id=action.id)
    await recheck_ladders([action.supplier])
