"""A due time set by hand, with a reason: it survives changes of policy (DESIGN §2.3).

Who may, and what stays on record: docs/decisions/0061-due-times-by-hand.md.
"""

from datetime import datetime, timedelta
from typing import Literal

from service_desk.database import fetch_value
from service_desk.errors import Conflict, InvalidInput, NotAllowed
from service_desk.rules.clocks.fold import Clock, state
from service_desk.tickets.change import TicketChange, change_ticket, staff_actor

AdjustableClock = Literal["response", "handling", "resolution", "next_response", "referral"]
MAX_REASON_LENGTH = 500
MAX_AHEAD = timedelta(days=366)


async def set_due(
    number: str,
    clock: AdjustableClock,
    due_at: datetime,
    reason: str,
    *,
    staff_id: int,
    now: datetime,
) -> None:
    """Move the due time of a clock that has not ended: anyone to an earlier time, a supervisor to a
    later one, too.

    Raises InvalidInput, NotAllowed, and Conflict for a clock that is overdue: that stays on record.
    """
    if not reason.strip() or len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput(
            "Say why, in 1 to {most} characters: the customer was promised another time.",
            field="reason",
            most=MAX_REASON_LENGTH,
        )
    if due_at > now + MAX_AHEAD:
        raise InvalidInput("A due time lies within a year.", field="due_at")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        moved = _active_clock(change, clock)
        if state(moved, change.now) == "breached":
            raise Conflict(
                "The {clock} clock is overdue, and that stays on record. Promise the customer an "
                "update by a new time instead.",
                clock=clock,
            )
        if due_at <= change.now:
            raise InvalidInput("A due time lies ahead.", field="due_at")
        if due_at > moved.due_at and not await _may_postpone(staff_id):
            raise NotAllowed(
                "Only a supervisor sets a due time later than was promised. Set an earlier one, or "
                "ask a supervisor."
            )
        change.record("due.set", clock=clock, due_at=due_at, reason=reason, was=moved.due_at)


def _active_clock(change: TicketChange, name: AdjustableClock) -> Clock:
    for kept in reversed(change.clocks):
        if kept.clock.name == name and kept.clock.phase in ("running", "paused"):
            return kept.clock
    raise InvalidInput("This ticket has no {clock} clock running.", field="clock", clock=name)


async def _may_postpone(staff_id: int) -> bool:
    role = await fetch_value("SELECT role FROM staff WHERE id = $1", staff_id)
    return role in ("supervisor", "admin")
