"""Months in the time zone of the desk."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from service_desk.errors import InvalidInput

_PATTERN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
FIRST_YEAR, LAST_YEAR = 1970, 9998


class Month(Struct, frozen=True, order=True):
    """A calendar month; `str()` is "2026-10"."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return self.plus_months(1).first_day - timedelta(days=1)

    def plus_months(self, months: int) -> "Month":
        """Later by that many months; earlier if negative."""
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first instant, and that of the next month, in UTC."""
        return _midnight(self.first_day, zone), _midnight(self.plus_months(1).first_day, zone)


def parse_month(text: str) -> Month:
    """From "2026-10". Raises InvalidInput."""
    found = _PATTERN.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise InvalidInput(
            "“{text}” is not a month; write it like 2026-10.", field="month", text=text[:20]
        )
    return Month(int(found[1]), int(found[2]))


def month_at(at: datetime, zone: ZoneInfo) -> Month:
    """The month that the instant is in."""
    local = at.astimezone(zone)
    return Month(local.year, local.month)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
