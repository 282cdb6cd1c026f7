"""What a ticket does not allow, in words that say what to do: a move that its state does not
allow, and any action on a ticket that was merged into another one (DESIGN §2.2)."""

from service_desk.database import fetch_value
from service_desk.errors import MoveNotAllowed
from service_desk.rules.tickets.states import IllegalMove

_SURVIVOR = """
WITH RECURSIVE whole AS (
    SELECT id, number, merged_into FROM ticket WHERE number = $1
    UNION ALL
    SELECT t.id, t.number, t.merged_into FROM ticket t JOIN whole ON t.id = whole.merged_into
)
SELECT number FROM whole WHERE merged_into IS NULL
"""


async def surviving_number(number: str) -> str:
    """Of the ticket that this one was merged into, directly or through others; else its own."""
    return await fetch_value(_SURVIVOR, number) or number


async def merged_away(number: str) -> MoveNotAllowed:
    return MoveNotAllowed(
        "Ticket {number} was merged into {merged_into}: continue there.",
        number=number,
        merged_into=await surviving_number(number),
        state="closed",
    )


def refused_move(refused: IllegalMove) -> MoveNotAllowed:
    if refused.present == refused.wanted:
        return MoveNotAllowed(
            "The ticket is already {state}: somebody was faster. Reload the page to see what was "
            "done.",
            state=refused.present,
        )
    return MoveNotAllowed(
        "The ticket is {state}; it cannot become {wanted}. From here it can become: {allowed}.",
        state=refused.present,
        wanted=refused.wanted,
        allowed=", ".join(refused.allowed) or "nothing",
    )
