"""Times given by callers."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service_desk.errors import InvalidInput


def require_offset(field: str, at: datetime) -> datetime:
    """The same time. Raises InvalidInput if it has no offset from UTC."""
    if at.tzinfo is None:
        raise InvalidInput(
            "A time needs its offset from UTC, as in 2026-10-15T10:00:00+08:00 or …Z.", field=field
        )
    return at


def read_moment(field: str, text: str, zone: ZoneInfo, *, ends: bool = False) -> datetime:
    """A time with its offset, or a date: its midnight in `zone`, or if `ends` that after it.

    Raises InvalidInput.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return datetime.combine(day + timedelta(days=ends), time(), zone)
    try:
        return require_offset(field, datetime.fromisoformat(text))
    except ValueError:
        raise InvalidInput(
            "{name} must be a time like 2026-11-01T09:30:00+08:00, or a date like 2026-11-01.",
            field=field,
            name=field,
        ) from None
