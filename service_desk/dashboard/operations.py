"""Looking at the dashboard marks its alerts as seen; a low rating is dealt with there."""

from datetime import datetime

from service_desk.database import fetch, fetch_value, transaction
from service_desk.principal import staff_actor
from service_desk.rules.tickets.events import RatingDealtWith
from service_desk.tickets.change import change_ticket

# Waits for alerts being written: see clocks/rows.py. Without it, one with a lower number than the
# newest, committed after the look, would never be counted.
WAIT_FOR_NEW_ALERTS = "SELECT pg_advisory_xact_lock(hashtext('new alerts'))"
MARK_SEEN = """
UPDATE staff SET last_seen_alert = newest.id
FROM (SELECT max(id) AS id FROM staff_alert) AS newest
WHERE staff.id = $1 AND last_seen_alert < newest.id
"""
_NUMBER = "SELECT number FROM ticket JOIN rating ON rating.ticket = ticket.id WHERE rating.id = $1"
_DEAL_WITH = """
UPDATE rating SET dealt_with_at = $2, dealt_with_by = $3
WHERE id = $1 AND dealt_with_at IS NULL RETURNING score
"""


async def mark_alerts_seen(staff_id: int) -> None:
    """The bell of that person counts from here."""
    async with transaction():
        await fetch(WAIT_FOR_NEW_ALERTS)
        await fetch(MARK_SEEN, staff_id)


async def deal_with_rating(rating: int, *, staff_id: int, now: datetime) -> None:
    """It leaves the list, until the customer rates anew; the ticket's history keeps who and when.
    Of two who do it at once the first counts."""
    number = await fetch_value(_NUMBER, rating)
    if number is None:
        return
    actor = staff_actor(staff_id)
    async with change_ticket(number, actor=actor, now=now, merged_too=True) as change:
        score = await fetch_value(_DEAL_WITH, rating, now, staff_id)
        if score is not None:
            change.record(RatingDealtWith(score))
