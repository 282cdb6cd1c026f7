"""Looking at the dashboard marks its alerts as seen."""

from service_desk.database import fetch, transaction

# Waits for alerts being written: see clocks/rows.py. Without it, one with a lower number than the
# newest, committed after the look, would never be counted.
WAIT_FOR_NEW_ALERTS = "SELECT pg_advisory_xact_lock(hashtext('new alerts'))"
MARK_SEEN = """
UPDATE staff SET last_seen_alert = newest.id
FROM (SELECT max(id) AS id FROM staff_alert) AS newest
WHERE staff.id = $1 AND last_seen_alert < newest.id
"""


async def mark_alerts_seen(staff_id: int) -> None:
    """The bell of that person counts from here."""
    async with transaction():
        await fetch(WAIT_FOR_NEW_ALERTS)
        await fetch(MARK_SEEN, staff_id)
