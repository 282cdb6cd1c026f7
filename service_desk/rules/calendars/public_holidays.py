"""Public holidays and adjusted working days by country and year.

China's are from chinesecalendar, which follows the State Council's yearly notice with its adjusted
working days (调休); those of years it lacks, and of all other countries, are from `holidays`. Both
are imported on first use: they are slow to import, and most calendars do not need them.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple
from warnings import catch_warnings, filterwarnings

import msgspec

FIRST_HOLIDAY_YEAR, LAST_HOLIDAY_YEAR = 1950, 2100
"""Outside these years there are no public holidays."""


class HolidayYear(NamedTuple):
    """Days as numbers from 0001-01-01, which is 0."""

    closed: tuple[int, ...]
    adjusted_workdays: tuple[int, ...]
    """Weekend days worked in exchange for a day off on a weekday."""


NO_HOLIDAYS = HolidayYear((), ())


class KnownHolidays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public holidays of some years, as known on a certain day.

    `country`: one that `knows_country`. `adjusted_workdays`: weekend days worked (调休).
    """

    country: str
    first_year: int
    last_year: int
    closed: list[date]
    adjusted_workdays: list[date]

    def of(self, year: int) -> HolidayYear:
        """Outside its years there are no public holidays."""
        return HolidayYear(_days(self.closed, year), _days(self.adjusted_workdays, year))


def look_up_holidays(code: str, first_year: int, last_year: int) -> KnownHolidays:
    """As the installed libraries know them."""
    years = [holidays_of(code, year) for year in range(first_year, last_year + 1)]
    return KnownHolidays(
        code,
        first_year,
        last_year,
        closed=_dates(day for year in years for day in year.closed),
        adjusted_workdays=_dates(day for year in years for day in year.adjusted_workdays),
    )


@lru_cache(maxsize=4096)
def holidays_of(code: str, year: int) -> HolidayYear:
    """`code`: one that `knows_country`. Without weekends: those are part of a calendar's week."""
    if not FIRST_HOLIDAY_YEAR <= year <= LAST_HOLIDAY_YEAR:
        return NO_HOLIDAYS
    if code == "CN" and year in _china():
        return _china()[year]
    return _from_holidays(code, year)


@lru_cache(maxsize=1024)
def knows_country(code: str) -> bool:
    if code == "CN":
        return True
    try:
        _from_holidays(code, LAST_HOLIDAY_YEAR)
    except NotImplementedError:
        return False
    return True


def _from_holidays(code: str, year: int) -> HolidayYear:
    from holidays import country_holidays

    country, _, part = code.partition("-")
    with catch_warnings():
        # Of some countries, it knows movable holidays of certain years only, and warns.
        filterwarnings("ignore", "Requested Holidays are available only", UserWarning)
        found = country_holidays(country, subdiv=part or None, years=year)
    return HolidayYear(_days(found, year), _days(found.weekend_workdays, year))


@cache
def _china() -> dict[int, HolidayYear]:
    from chinese_calendar import constants

    closed: list[date] = list(constants.holidays)
    adjusted: list[date] = list(constants.workdays)
    years = {day.year for day in closed}
    return {year: HolidayYear(_days(closed, year), _days(adjusted, year)) for year in years}


def _days(dates: Iterable[date], year: int) -> tuple[int, ...]:
    return tuple(day.toordinal() - 1 for day in dates if day.year == year)


def _dates(days: Iterable[int]) -> list[date]:
    return [date.fromordinal(day + 1) for day in sorted(days)]
