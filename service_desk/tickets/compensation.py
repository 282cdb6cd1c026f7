"""Compensation: paid to the customer, then recovered from the supplier's deposit (DESIGN §2.6).

An agent proposes, a supervisor decides. What a supervisor proposes is approved at once.
"""

from datetime import datetime

import msgspec

from service_desk.errors import Conflict, InvalidInput, NotAllowed, NotFound, StateCode
from service_desk.input_types import MAX_REASON_LENGTH
from service_desk.principal import staff_actor
from service_desk.rows import get, insert, update
from service_desk.rules.tickets.events import (
    CompensationApproved,
    CompensationProposed,
    CompensationRejected,
)
from service_desk.rules.tickets.vocabulary import MAX_COMPENSATION, CompensationState
from service_desk.rules.words.plain_text import is_blank
from service_desk.settings import get_settings
from service_desk.staff.queries import is_supervisor
from service_desk.suppliers.deposits import EntryOrigin, add_entries, lock_supplier
from service_desk.tables import Compensation
from service_desk.tickets.change import TicketChange, change_ticket
from service_desk.tickets.messages import notify_about

SUPPLIER_CAUSE = "supplier_quality"


class StoredCompensation(msgspec.Struct, frozen=True):
    """`amount` in minor units."""

    amount: int
    currency: str
    state: CompensationState


async def compensate(
    number: str, amount: int, currency: str, reason: str, *, staff_id: int, now: datetime
) -> int:
    """Propose to pay the customer `amount`, in minor units. Returns the id of the compensation.

    A supervisor's own proposal is approved at once. Raises InvalidInput, NotFound.
    """
    if not 0 < amount <= MAX_COMPENSATION:
        raise InvalidInput(
            "The amount must be between 1 and {max}, in the currency's smallest unit.",
            field="amount",
            max=MAX_COMPENSATION,
        )
    if currency != get_settings().currency:
        raise InvalidInput(
            "All amounts are in {currency}; other currencies cannot be paid out or recovered.",
            field="currency",
            currency=get_settings().currency,
        )
    if is_blank(reason) or len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput(
            "Give a reason, in 1 to {max} characters.", field="reason", max=MAX_REASON_LENGTH
        )
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        compensation: int = await insert(
            Compensation,
            ticket=change.ticket.id,
            amount=amount,
            currency=currency,
            reason=reason,
            state="proposed",
            proposed_by=staff_id,
            proposed_at=change.now,
        )
        proposed = CompensationProposed(compensation, amount, currency, reason)
        change.record(proposed)
        if await is_supervisor(staff_id):
            await _approve(change, compensation, amount, currency, staff_id)
        else:
            await notify_about(change, "decision_waiting")
    return compensation


async def decide_compensation(
    number: str, compensation: int, *, approve: bool, staff_id: int, now: datetime
) -> None:
    """Approve or reject a proposed compensation, as a supervisor.

    Raises NotAllowed, NotFound, and Conflict if it was decided before.
    """
    if not await is_supervisor(staff_id):
        raise NotAllowed("Only a supervisor can decide on compensation.")
    async with change_ticket(
        number, actor=staff_actor(staff_id), now=now, merged_too=True
    ) as change:
        proposed = await _proposed(compensation, change.ticket.id)
        if approve and proposed.currency != get_settings().currency:
            raise Conflict(
                "This compensation is not in {currency} and cannot be recovered. Reject it, and "
                "propose a new one in {currency}.",
                currency=get_settings().currency,
            )
        amount, currency = proposed.amount, proposed.currency
        if approve:
            await _approve(change, compensation, amount, currency, staff_id)
        else:
            await _record_decision(compensation, "rejected", None, staff_id, change.now)
            change.record(CompensationRejected(compensation, amount, currency))


async def _proposed(compensation: int, ticket: int) -> StoredCompensation:
    """The change of the ticket holds its lock: nobody else decides meanwhile."""
    stored = await get(StoredCompensation, Compensation, id=compensation, ticket=ticket)
    if stored is None:
        raise NotFound("This ticket has no such compensation.")
    if stored.state != "proposed":
        state = StateCode(stored.state, "compensation_state")
        raise Conflict("This compensation is already {state}.", state=state)
    return stored


async def _approve(
    change: TicketChange, compensation: int, amount: int, currency: str, staff_id: int
) -> None:
    ticket, recovered_from = change.ticket, None
    if ticket.supplier is not None and ticket.cause == SUPPLIER_CAUSE:
        recovered_from = ticket.supplier
        await lock_supplier(recovered_from)
        reason = f"Compensation of ticket {ticket.number}"
        await add_entries(
            recovered_from, "recovery", -amount, EntryOrigin(reason, staff_id, change.now)
        )
    await _record_decision(compensation, "approved", recovered_from, staff_id, change.now)
    change.record(CompensationApproved(compensation, amount, currency, recovered_from))


async def _record_decision(
    compensation: int,
    state: CompensationState,
    recovered_from: int | None,
    staff_id: int,
    now: datetime,
) -> None:
    await update(
        Compensation,
        {
            Compensation.state: state,
            Compensation.recovered_from: recovered_from,
            Compensation.decided_by: staff_id,
            Compensation.decided_at: now,
        },
        id=compensation,
    )
