"""A due time set manually, with a reason: it survives changes of policy (DESIGN §2.3).

Who may set it, and what stays on record: docs/decisions/0061-due-times-set-manually.md.
"""

from datetime import datetime, timedelta

from service_desk.errors import Conflict, InvalidInput, NotAllowed
from service_desk.input_types import MAX_REASON_LENGTH
from service_desk.principal import staff_actor
from service_desk.rules.clocks.fold import Clock, state
from service_desk.rules.tickets.events import DueSet
from service_desk.rules.tickets.vocabulary import TargetClock
from service_desk.rules.words.plain_text import is_blank
from service_desk.staff.queries import is_supervisor
from service_desk.tickets.change import TicketChange, change_ticket

MAX_AHEAD = timedelta(days=366)


async def set_due(
    number: str,
    clock: TargetClock,
    at: datetime,
    reason: str,
    *,
    staff_id: int,
    now: datetime,
) -> None:
    """Move the due time of a clock that has not ended; only a supervisor can make it later.

    Raises InvalidInput, NotAllowed, NotFound, and Conflict for a clock that is overdue: the breach
    stays on record.
    """
    if is_blank(reason) or len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput(
            "Give a reason, in 1 to {max} characters: the customer was promised another time.",
            field="reason",
            max=MAX_REASON_LENGTH,
        )
    if at > now + MAX_AHEAD:
        raise InvalidInput("A due time must be within a year.", field="at")
    async with change_ticket(number, actor=staff_actor(staff_id), now=now) as change:
        moved = _active_clock(change, clock)
        if state(moved, change.now) == "breached":
            raise Conflict(
                "The {clock} clock is overdue, and that stays on record. Promise the customer an "
                "update by a new time instead.",
                clock=clock,
            )
        if at <= change.now:
            raise InvalidInput("A due time must be in the future.", field="at")
        if at > moved.due_at and not await is_supervisor(staff_id):
            raise NotAllowed(
                "Only a supervisor can set a due time later than promised. Set an earlier one, or "
                "ask a supervisor."
            )
        change.record(DueSet(clock, at, reason, due_before=moved.due_at))


def _active_clock(change: TicketChange, name: TargetClock) -> Clock:
    for stored in reversed(change.clocks):
        if stored.clock.name == name and stored.clock.phase in ("running", "paused"):
            return stored.clock
    raise InvalidInput("This ticket has no {clock} clock running.", field="clock", clock=name)
