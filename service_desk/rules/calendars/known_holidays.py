"""Public holidays are stored in a calendar version as they were known when it was saved.

So due times depend on that version alone, not on the libraries installed (docs/decisions/0062);
later knowledge needs a new version.
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
"""A version in force should know the holidays of this many years after the current one."""


class HolidayChange(Struct, frozen=True):
    """The public holidays of a year, or its adjusted working days, before and after."""

    year: int
    adjusted_workdays: bool
    before: list[date]
    after: list[date]


def with_stored_holidays(calendar: Calendar, today: date) -> Calendar:
    """As it is to be stored: with its own holidays, else with those known now."""
    return (
        calendar if calendar.known_holidays is not None else with_latest_holidays(calendar, today)
    )


def with_latest_holidays(calendar: Calendar, today: date) -> Calendar:
    """With the holidays known now, in place of any of its own."""
    country = calendar.public_holidays
    if country is None or not knows_country(country):
        return calendar
    known = look_up_holidays(country, FIRST_STORED_YEAR, today.year + YEARS_AHEAD)
    return replace(calendar, known_holidays=known)


def holiday_updates(calendar: Calendar, today: date) -> list[HolidayChange]:
    """Future holidays that are known now and were not when this version was saved."""
    before, after = calendar.known_holidays, with_latest_holidays(calendar, today).known_holidays
    if before is None or after is None:
        return []
    last_year = max(today.year + CHECKED_YEARS_AHEAD, before.last_year)
    return list(_changes(before, after, range(today.year, last_year + 1), today))


def holiday_changes(before: Calendar, after: Calendar) -> list[HolidayChange]:
    """Where two calendars of one country differ, in the years that both cover."""
    old, new = before.known_holidays, after.known_holidays
    if old is None or new is None or old.country != new.country:
        return []
    first, last = max(old.first_year, new.first_year), min(old.last_year, new.last_year)
    return list(_changes(old, new, range(first, last + 1), date.min))


def adjusted_until(calendar: Calendar) -> int | None:
    """The last year of which it has adjusted working days, None without any."""
    known = calendar.known_holidays
    return (
        max(known.adjusted_workdays).year if known is not None and known.adjusted_workdays else None
    )


def _changes(
    before: KnownHolidays, after: KnownHolidays, years: Iterable[int], since: date
) -> Iterator[HolidayChange]:
    for year in years:
        for adjusted in (False, True):
            old, new = (_days(known, adjusted, year, since) for known in (before, after))
            if old != new:
                yield HolidayChange(year, adjusted, old, new)


def _days(known: KnownHolidays, adjusted: bool, year: int, since: date) -> list[date]:
    days = known.adjusted_workdays if adjusted else known.closed
    return sorted(day for day in days if day.year == year and day >= since)
