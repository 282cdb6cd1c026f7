"""Quiet hours: when staff are not written to (DESIGN §2.3). What happens then is told after."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service_desk.rules.rule_error import RuleError

QuietHours = tuple[str, str]
"""From and to, "HH:MM" on the desk's own wall clock; past midnight if `to` is not after `from`."""


class QuietHoursError(RuleError):
    """Not two times of the day. Says why."""


def check_quiet_hours(quiet: QuietHours) -> None:
    """Raises QuietHoursError."""
    start, end = (_time(text) for text in quiet)
    if start == end:
        raise QuietHoursError(
            "From and to must differ; leave them out for none.", field="quiet_hours"
        )


def earliest_notification(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The first moment, not before `at`, at which staff may be told of what is known at `at`."""
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
            "'{text}' is no time of the day; write 22:00.", field="quiet_hours", text=text
        ) from None
    if parsed.tzinfo is not None:
        raise QuietHoursError(
            "Give times of the desk's own wall clock, as in 22:00.", field="quiet_hours"
        )
    return parsed
