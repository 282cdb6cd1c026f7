"""A due time set by hand, with a reason: it survives changes of policy (DESIGN §2.3)."""

from datetime import datetime, timedelta
from typing import Literal

from service_desk.errors import InvalidInput
from service_desk.tickets.change import change_ticket, staff_actor

ByHand = Literal["response", "handling", "resolution", "next_response", "referral"]
REASON_LENGTH = 500
FARTHEST = timedelta(days=366)


async def set_due(
    number: str, clock: ByHand, due_at: datetime, reason: str, *, staff_id: int, now: datetime
) -> None:
    """Move the due time of a clock that has not ended. Raises InvalidInput."""
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise InvalidInput(
            "Say why, in 1 to {most} characters: the customer was promised another time.",
            field="reason",
            most=REASON_LENGTH,
        )
    if due_at > now + FARTHEST:
        raise InvalidInput("A due time lies within a year.", field="due_at")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        active = [
            kept.clock
            for kept in change.clocks
            if kept.clock.name == clock and kept.clock.phase in ("running", "paused")
        ]
        if not active:
            raise InvalidInput(
                "This ticket has no {clock} clock running.", field="clock", clock=clock
            )
        if due_at <= active[-1].started_at:
            raise InvalidInput("A due time comes after the clock's start.", field="due_at")
        change.record("due.set", clock=clock, due_at=due_at, reason=reason)
