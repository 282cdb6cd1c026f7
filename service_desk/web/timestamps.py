"""Times given by callers."""

from datetime import datetime

from service_desk.errors import InvalidInput


def require_offset(field: str, at: datetime) -> datetime:
    """The same time. Raises InvalidInput if it has no offset from UTC."""
    if at.tzinfo is None:
        raise InvalidInput(
            "A time needs its offset from UTC, as in 2026-10-15T10:00:00+08:00 or …Z.", field=field
        )
    return at
