"""Compensation: the customer's first, then out of the supplier's deposit (DESIGN §2.6).

An agent proposes; a supervisor decides. What a supervisor proposes is decided with it.
"""

from datetime import datetime
from typing import Any

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotAllowed, NotFound, StateCode
from service_desk.suppliers.deposits import EntryOrigin, add_entries, lock_supplier
from service_desk.suppliers.facts import LADDER_POLICY
from service_desk.tickets.change import TicketChange, change_ticket, staff_actor

MAX_AMOUNT = 100_000_000  # minor units
MAX_REASON_LENGTH = 500
SUPPLIER_CAUSE = "supplier_quality"


async def compensate(
    number: str, amount: int, currency: str, reason: str, *, staff_id: int, now: datetime
) -> int:
    """Promise the customer money, in minor units. The compensation's id.

    Approved at once if a supervisor asks; else a supervisor is to decide.
    """
    if not 0 < amount <= MAX_AMOUNT:
        raise InvalidInput(
            "An amount is between 1 and {most}, in the currency's smallest unit.",
            field="amount",
            most=MAX_AMOUNT,
        )
    if currency != LADDER_POLICY.currency:
        raise InvalidInput(
            "Money here is in {currency}; no other currency can be paid out or recovered.",
            field="currency",
            currency=LADDER_POLICY.currency,
        )
    if not reason.strip() or len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput(
            "Say why, in 1 to {most} characters.", field="reason", most=MAX_REASON_LENGTH
        )
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        compensation: int = await fetch_value(
            "INSERT INTO compensation (ticket, amount, currency, reason, state, proposed_by, "
            "proposed_at) VALUES ($1, $2, $3, $4, 'proposed', $5, $6) RETURNING id",
            change.ticket.id,
            amount,
            currency,
            reason,
            staff_id,
            change.now,
        )
        about = {"compensation": compensation, "amount": amount, "currency": currency}
        change.record("compensation.proposed", **about, reason=reason)
        if await _may_decide(staff_id):
            await _approve(change, about, staff_id)
    return compensation


async def decide_compensation(
    number: str, compensation: int, *, approve: bool, staff_id: int, now: datetime
) -> None:
    """A supervisor's word on a proposed compensation. Raises Conflict if it was decided before."""
    if not await _may_decide(staff_id):
        raise NotAllowed("A supervisor decides on compensation.")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        row = await fetch_one(
            "SELECT amount, currency, state FROM compensation WHERE id = $1 AND ticket = $2",
            compensation,
            change.ticket.id,
        )
        if row is None:
            raise NotFound("This ticket has no such compensation.")
        if row["state"] != "proposed":
            state = StateCode(row["state"], "compensation")
            raise Conflict("This compensation is {state} already.", state=state)
        if approve and row["currency"] != LADDER_POLICY.currency:
            raise Conflict(
                "This compensation is not in {currency} and cannot be recovered. Reject it, and "
                "propose it anew in {currency}.",
                currency=LADDER_POLICY.currency,
            )
        about = {
            "compensation": compensation,
            "amount": row["amount"],
            "currency": row["currency"],
        }
        if approve:
            await _approve(change, about, staff_id)
        else:
            await _record_decision(compensation, "rejected", None, staff_id, change.now)
            change.record("compensation.rejected", **about)


async def _approve(change: TicketChange, about: dict[str, Any], staff_id: int) -> None:
    ticket, recovered_from = change.ticket, None
    if ticket.supplier is not None and ticket.cause == SUPPLIER_CAUSE:
        recovered_from = ticket.supplier
        await lock_supplier(recovered_from)
        reason = f"Compensation of ticket {ticket.number}"
        await add_entries(
            recovered_from, "recovery", -about["amount"], EntryOrigin(reason, staff_id, change.now)
        )
    await _record_decision(about["compensation"], "approved", recovered_from, staff_id, change.now)
    change.record("compensation.approved", **about, recovered_from=recovered_from)


async def _record_decision(
    compensation: int, state: str, recovered_from: int | None, staff_id: int, now: datetime
) -> None:
    await fetch(
        "UPDATE compensation SET state = $2, recovered_from = $3, decided_by = $4, "
        "decided_at = $5 WHERE id = $1",
        compensation,
        state,
        recovered_from,
        staff_id,
        now,
    )


async def _may_decide(staff_id: int) -> bool:
    role = await fetch_value("SELECT role FROM staff WHERE id = $1", staff_id)
    return role in ("supervisor", "admin")
