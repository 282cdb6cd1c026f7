"""A stored calendar keeps the public holidays as they were known when it was saved.

So a due time hangs on the version alone, not on which libraries are installed
(docs/decisions/0062). What they know by now is for a version to come.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from service_desk.rules.calendars.business_calendar import Calendar
from service_desk.rules.calendars.public_holidays import (
    KnownHolidays,
    knows_country,
    look_up_holidays,
)

FIRST_STORED_YEAR = 2000
YEARS_AHEAD = 10
CHECKED_YEARS_AHEAD = 2
"""For so many years after the present one a version in force ought to know the holidays."""


class HolidayChange(Struct, frozen=True):
    """The public holidays of a year (`worked`: its adjusted working days) as they were and are."""

    year: int
    adjusted_workdays: bool
    before: list[date]
    after: list[date]


def with_stored_holidays(calendar: Calendar, today: date) -> Calendar:
    """As it is to be stored: with the holidays it brings, else with those known by now."""
    return (
        calendar if calendar.known_holidays is not None else with_latest_holidays(calendar, today)
    )


def with_latest_holidays(calendar: Calendar, today: date) -> Calendar:
    """With the holidays known by now in place of those it may bring."""
    country = calendar.public_holidays
    if country is None or not knows_country(country):
        return calendar
    known = look_up_holidays(country, FIRST_STORED_YEAR, today.year + YEARS_AHEAD)
    return replace(calendar, known_holidays=known)


def holiday_updates(calendar: Calendar, today: date) -> list[HolidayChange]:
    """What is known by now, and was not when this version was saved, of days to come."""
    before, after = calendar.known_holidays, with_latest_holidays(calendar, today).known_holidays
    if before is None or after is None:
        return []
    last_year = max(today.year + CHECKED_YEARS_AHEAD, before.last_year)
    return list(_changes(before, after, range(today.year, last_year + 1), today))


def holiday_changes(before: Calendar, after: Calendar) -> list[HolidayChange]:
    """Where two calendars of one country differ, in the years that both know."""
    old, new = before.known_holidays, after.known_holidays
    if old is None or new is None or old.country != new.country:
        return []
    first, last = max(old.first_year, new.first_year), min(old.last_year, new.last_year)
    return list(_changes(old, new, range(first, last + 1), date.min))


def adjusted_until(calendar: Calendar) -> int | None:
    """The last year whose adjusted working days were announced when it was saved, if any were."""
    known = calendar.known_holidays
    return (
        max(known.adjusted_workdays).year if known is not None and known.adjusted_workdays else None
    )


def _changes(
    before: KnownHolidays, after: KnownHolidays, years: Iterable[int], since: date
) -> Iterator[HolidayChange]:
    for year in years:
        for worked in (False, True):
            was, now = (_days(known, worked, year, since) for known in (before, after))
            if was != now:
                yield HolidayChange(year, worked, was, now)


def _days(known: KnownHolidays, worked: bool, year: int, since: date) -> list[date]:
    days = known.adjusted_workdays if worked else known.closed
    return sorted(day for day in days if day.year == year and day >= since)
