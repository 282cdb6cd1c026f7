"""A merged ticket takes no further action: whoever tries one is told where to go (DESIGN §2.2)."""

from service_desk.database import fetch_value
from service_desk.errors import MoveNotAllowed

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
