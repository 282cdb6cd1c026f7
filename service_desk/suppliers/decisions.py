"""What a supervisor makes of a rung that the ladder proposed (DESIGN §2.6)."""

from datetime import datetime
from typing import Any

from msgspec import convert

from service_desk.database import fetch, fetch_one, transaction
from service_desk.errors import Conflict, StateCode
from service_desk.rules.suppliers.actions import DECISIONS
from service_desk.rules.suppliers.ladder import ProposalReason, RungProposal
from service_desk.suppliers.deposits import (
    EntryOrigin,
    add_entries,
    forfeit_all,
    lock_supplier,
    undo_entries,
)
from service_desk.suppliers.facts import SUPPLIER_FACTS, supplier_standings
from service_desk.suppliers.notices import send_notice
from service_desk.suppliers.operations import action_not_found


async def approve(action: int, *, note: str, staff_id: int, now: datetime) -> None:
    """Issue the rung: write the ledger, notify the supplier. All or nothing.

    Raises Conflict if it is decided already, or if the tickets no longer bear it out.
    """
    async with transaction():
        row = await _lock(action, "approve")
        because = await _refresh_evidence(row, now)
        cause = EntryOrigin(f"{row['rung']} {row['month']:%Y-%m}", staff_id, now, action)
        if because.forfeits_deposit:
            await forfeit_all(row["supplier"], cause)
            await fetch("UPDATE supplier SET removed_at = $2 WHERE id = $1", row["supplier"], now)
        if because.amount:
            kind = "complaint_fund" if row["rung"] == "complaint_fund" else "recovery"
            await add_entries(row["supplier"], kind, -because.amount, cause)
        if because.fine:
            await add_entries(row["supplier"], "fine", -because.fine, cause)
        await _record_decision(action, "approve", note, staff_id, now)
        await send_notice(action, "issued", now)


async def reject(action: int, *, note: str, staff_id: int, now: datetime) -> None:
    """Refuse the proposal. It is not made again on the same month and category."""
    async with transaction():
        await _lock(action, "reject")
        await _record_decision(action, "reject", note, staff_id, now)


async def overturn(action: int, *, note: str, staff_id: int, now: datetime) -> None:
    """Take an approved rung back after the supplier's objection: counter-rows, and a notice.

    A removed supplier is back with it.
    """
    async with transaction():
        row = await _lock(action, "overturn")
        cause = EntryOrigin(f"overturned {row['rung']} {row['month']:%Y-%m}", staff_id, now, action)
        await undo_entries(row["supplier"], action, cause)
        if row["rung"] == "removal":
            await fetch("UPDATE supplier SET removed_at = NULL WHERE id = $1", row["supplier"])
        await _record_decision(action, "overturn", note, staff_id, now)
        await send_notice(action, "overturned", now)


async def _lock(action: int, decision: str) -> Any:
    """The action under lock, and its supplier's ledger with it, in the order of the sweep."""
    row = await fetch_one("SELECT supplier FROM supplier_action WHERE id = $1", action)
    if row is None:
        raise action_not_found(action)
    await lock_supplier(row["supplier"])
    row = await fetch_one("SELECT * FROM supplier_action WHERE id = $1 FOR UPDATE", action)
    assert row is not None
    needed, _ = DECISIONS[decision]
    if row["state"] != needed:
        raise Conflict(
            "This action is {state}; only one that is {needed} can be decided on so.",
            state=StateCode(row["state"], "action_state"),
            needed=needed,
        )
    return row


async def _refresh_evidence(row: Any, now: datetime) -> ProposalReason:
    """What the tickets say at this moment, which the approval then rests on."""
    if row["rung"] == "late_referral":
        return convert(row["because"], ProposalReason)
    supplier = await fetch_one(f"{SUPPLIER_FACTS} WHERE id = $1", row["supplier"])
    (standing,) = await supplier_standings([supplier], now)
    for proposal in standing.proposals:
        if _key(proposal) == (row["rung"], row["category"], row["month"]):
            await fetch(
                "UPDATE supplier_action SET offences = $2, evidence = $3, because = $4 "
                "WHERE id = $1",
                row["id"],
                proposal.because.count,
                proposal.evidence,
                proposal.because,
            )
            return proposal.because
    raise Conflict(
        "The tickets behind this proposal were reclassified and no longer bear it out. "
        "It will be withdrawn by itself.",
        state=StateCode(row["state"], "action_state"),
    )


def _key(proposal: RungProposal) -> tuple[object, ...]:
    return proposal.rung, proposal.category, proposal.month


async def _record_decision(
    action: int, decision: str, note: str, staff_id: int, now: datetime
) -> None:
    await fetch(
        "UPDATE supplier_action SET "
        "approved_at = CASE WHEN state = 'approved' THEN decided_at END, state = $2, "
        "decided_at = $3, decided_by = $4, decision_note = $5, flagged_at = NULL, "
        "flagged_tickets = '[]' WHERE id = $1",
        action,
        DECISIONS[decision][1],
        now,
        staff_id,
        note,
    )
