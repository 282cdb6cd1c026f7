"""Calendar versions from before they kept their public holidays."""

from datetime import datetime

import msgspec

from service_desk.database import fetch
from service_desk.rules.business_time import Calendar
from service_desk.rules.known_holidays import keep_holidays


async def keep_holidays_of_old_versions(now: datetime) -> None:
    """Give each the holidays as they are known by now; those that have theirs stay as they are."""
    rows = await fetch(
        "SELECT id, body FROM calendar_version WHERE body->>'public_holidays' IS NOT NULL "
        "AND body->>'known_holidays' IS NULL"
    )
    calendars = [msgspec.convert(row["body"], Calendar, strict=False) for row in rows]
    await fetch(
        "UPDATE calendar_version v SET body = kept.body "
        "FROM unnest($1::bigint[], $2::jsonb[]) AS kept (id, body) "
        "WHERE v.id = kept.id AND v.body->>'known_holidays' IS NULL",
        [row["id"] for row in rows],
        [keep_holidays(calendar, now.date()) for calendar in calendars],
    )
