"""Ticket states and the moves between them (DESIGN §2.2)."""

from typing import Literal

TicketState = Literal[
    "new", "open", "waiting_customer", "waiting_supplier", "waiting_parts", "resolved", "closed"
]

ALLOWED_MOVES: dict[TicketState, frozenset[TicketState]] = {}


class MoveRefused(ValueError):
    """That move is not in the table."""

    def __init__(self, present: str, wanted: str) -> None:
        self.present = present
        self.wanted = wanted
        self.allowed: tuple[str, ...] = ()
        super().__init__()


def check_move(present: str, wanted: str) -> None:
    """Raises MoveRefused, naming the present state and the allowed ones."""
    raise NotImplementedError
