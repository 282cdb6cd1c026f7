"""Which tickets a search means: by words, by number, by the customer's phone, by a serial number.

Each by an index of its own, so the parts are a UNION and never an OR.
"""

from datetime import datetime

from service_desk.rules.tickets.sought import Sought
from service_desk.ticket_views.schemas import TicketSummary

LAST_CHARACTER = "\U0010ffff"

# Expressions of indexes of migrations/m0006_search.py, which must be written as there.
SERIAL = "serial_letters({}.serial_number)"
PHONE_END = "reverse({}.phone)"


def begins_with(expression: str, argument: str) -> str:
    """A condition that is one range of an index with text_pattern_ops, with an argument too."""
    return f"{expression} ~>=~ {argument} AND {expression} ~<~ ({argument} || '{LAST_CHARACTER}')"


# {} are the arguments of `found_arguments`.
FOUND = f"""
t.id IN (
    SELECT id FROM ticket WHERE search @@ {{}}::tsquery
    UNION ALL SELECT id FROM ticket WHERE number = ANY({{}})
    UNION ALL SELECT x.id FROM unnest({{}}::text[]) AS sought (serial)
        JOIN ticket x ON {begins_with(SERIAL.format("x"), "sought.serial")}
    UNION ALL SELECT x.id FROM unnest({{}}::text[]) AS sought (phone_end)
        JOIN customer p ON {begins_with(PHONE_END.format("p"), "sought.phone_end")}
        JOIN ticket x ON x.customer = p.id)
"""


def found_arguments(sought: Sought) -> tuple[str | None, list[str], list[str], list[str]]:
    """Words, ticket numbers, serial numbers, ends of phone numbers (reversed, as in the index)."""
    return (
        sought.words,
        list(sought.numbers),
        [sought.serial] if sought.serial else [],
        [digits[::-1] for digits in sought.phone_ends],
    )


def place_in_queue(row: TicketSummary) -> tuple[bool, datetime | None, datetime, int]:
    """As `queue_order` has it: the cursor of a page."""
    after_safety = row.severity != "safety" or row.rank_at is None
    return after_safety, row.rank_at, row.received_at, row.id
