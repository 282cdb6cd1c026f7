"""Ticket states and the moves between them (DESIGN §2.2)."""

from datetime import timedelta
from typing import Literal, get_args

TicketState = Literal[
    "new", "open", "waiting_customer", "waiting_supplier", "waiting_parts", "resolved", "closed"
]
TICKET_STATES: tuple[TicketState, ...] = get_args(TicketState)
WaitingFor = Literal["customer", "supplier", "parts"]
WAITING_FOR: tuple[WaitingFor, ...] = get_args(WaitingFor)
WAITING_STATES: dict[WaitingFor, TicketState] = {
    "customer": "waiting_customer",
    "supplier": "waiting_supplier",
    "parts": "waiting_parts",
}
WAITING: tuple[TicketState, ...] = tuple(WAITING_STATES.values())
ENDED: tuple[TicketState, ...] = ("resolved", "closed")
OPEN_STATES: tuple[TicketState, ...] = ("new", "open", *WAITING)
AUTO_CLOSE_AFTER = timedelta(days=7)  # since it was resolved, without a word from the customer

# Nothing becomes new again. From resolved or closed, a ticket must be reopened first.
ALLOWED_MOVES: dict[TicketState, tuple[TicketState, ...]] = {
    "new": ("open", *WAITING, *ENDED),
    "open": (*WAITING, *ENDED),
    "waiting_customer": ("open", "waiting_supplier", "waiting_parts", *ENDED),
    "waiting_supplier": ("open", "waiting_customer", "waiting_parts", *ENDED),
    "waiting_parts": ("open", "waiting_customer", "waiting_supplier", *ENDED),
    "resolved": ("open", "closed"),
    "closed": ("open",),
}


class IllegalMove(ValueError):
    """A move that ALLOWED_MOVES does not list. `present`, `wanted`, `allowed`: states."""

    def __init__(
        self, present: TicketState, wanted: TicketState, allowed: tuple[TicketState, ...]
    ) -> None:
        self.present = present
        self.wanted = wanted
        self.allowed = allowed
        super().__init__(
            f"A ticket that is {present} cannot become {wanted}; it can become "
            f"{', '.join(allowed) or 'nothing else'}."
        )


def check_move(present: TicketState, wanted: TicketState) -> None:
    """Raises IllegalMove."""
    allowed = ALLOWED_MOVES[present]
    if wanted not in allowed:
        raise IllegalMove(present, wanted, allowed)
