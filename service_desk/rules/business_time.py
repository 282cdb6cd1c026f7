"""Business time: adding and measuring working seconds on a business calendar (DESIGN §2.3, §3)."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

Hours = list[tuple[str, str]]
"""Opening hours of one day: pairs of local "HH:MM", the end at most "24:00"."""


class CalendarError(ValueError):
    """A calendar that cannot be used, or a question that it cannot answer. Says why."""


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A business calendar as stored and as given on the command line (the JSON of DESIGN §3).

    `date_hours` beats `closed_dates` beats `public_holidays` beats `week`.
    """

    week: dict[str, Hours]
    tz: str = "Asia/Shanghai"
    closed_dates: list[str] = []
    date_hours: dict[str, Hours] = {}
    public_holidays: str | None = None


class BusinessTime:
    """A compiled calendar. Takes aware datetimes, answers in UTC."""

    def add(self, start: datetime, seconds: int) -> datetime:
        raise NotImplementedError

    def between(self, start: datetime, end: datetime) -> int:
        raise NotImplementedError

    def is_open(self, at: datetime) -> bool:
        raise NotImplementedError

    def next_open(self, start: datetime) -> datetime:
        raise NotImplementedError

    def is_workday(self, day: date) -> bool:
        raise NotImplementedError

    def open_intervals(self, start: datetime, end: datetime) -> Iterable[tuple[datetime, datetime]]:
        raise NotImplementedError


AROUND_THE_CLOCK = Calendar(
    tz="UTC",
    week={d: [("00:00", "24:00")] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
)


def compile_calendar(calendar: Calendar | None) -> BusinessTime:
    """The calendar made ready for reckoning, cached. None: around the clock.

    Raises CalendarError for a calendar that cannot be used.
    """
    raise NotImplementedError
