"""What a look at the dashboard does."""

from service_desk.database import fetch, transaction


async def mark_alerts_seen(staff_id: int) -> None:
    """They have seen what alerts there are: the bell starts to count anew.

    Alerts that are being written have their numbers already; it waits for them (sla.rows), or one
    of a lower number than the newest would never be counted.
    """
    async with transaction():
        await fetch("SELECT pg_advisory_xact_lock(hashtext('new alerts'))")
        await fetch(
            "UPDATE staff SET last_seen_alert = newest.id FROM (SELECT max(id) AS id FROM staff_alert) "
            "AS newest WHERE staff.id = $1 AND last_seen_alert < newest.id",
            staff_id,
        )
