"""Which tickets a search means: by words, by number, by the customer's phone, by a serial number.

Each by an index of its own, so the parts are a UNION and never an OR.
"""

from datetime import datetime

from service_desk.finding import PHONE_END, SERIAL, begins_with
from service_desk.rules.tickets.sought import Sought
from service_desk.ticket_views.schemas import TicketSummary

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
