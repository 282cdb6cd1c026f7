"""Quiet hours, in which staff get no notifications until they end (DESIGN §2.3)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service_desk.rules.rule_error import RuleError

QuietHours = tuple[str, str]
"""(from, to) as "HH:MM" in the desk's time zone; across midnight if `to` is before `from`."""


class QuietHoursError(RuleError):
    """Quiet hours that are not two different times of day."""


def check_quiet_hours(quiet: QuietHours) -> None:
    """Raises QuietHoursError."""
    start, end = (_time(text) for text in quiet)
    if start == end:
        raise QuietHoursError(
            "Start and end must differ; leave both out for no quiet hours.", field="quiet_hours"
        )


def earliest_notification(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The first instant, `at` or later, at which staff may be notified."""
    if quiet is None:
        return at
    local = at.astimezone(zone)
    start, end = (_time(text) for text in quiet)
    now = local.time().replace(tzinfo=None)
    if start < end:
        if not start <= now < end:
            return at
        last_day = local.date()
    elif now >= start:
        last_day = local.date() + timedelta(days=1)
    elif now < end:
        last_day = local.date()
    else:
        return at
    return max(at, datetime.combine(last_day, end, zone).astimezone(at.tzinfo))


def _time(text: str) -> time:
    try:
        parsed = time.fromisoformat(text)
    except ValueError:
        raise QuietHoursError(
            "'{text}' is not a time of day; write it as 22:00.", field="quiet_hours", text=text
        ) from None
    if parsed.tzinfo is not None:
        raise QuietHoursError(
            "Give times in the desk's time zone, such as 22:00.", field="quiet_hours"
        )
    return parsed
