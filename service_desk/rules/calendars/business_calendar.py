"""Business calendars as stored, and their validation (DESIGN §3)."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from service_desk.rules.calendars.public_holidays import (
    FIRST_HOLIDAY_YEAR,
    LAST_HOLIDAY_YEAR,
    HolidayYear,
    KnownHolidays,
    holidays_of,
    knows_country,
)
from service_desk.rules.rule_error import RuleError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY_TO_FRIDAY = WEEKDAYS[:5]
MAX_INTERVALS = 48
MAX_DATES = 5_000

Hours = list[tuple[str, str]]
"""Opening hours of one day: (start, end) in local "HH:MM", "24:00" at most."""

Minutes = tuple[tuple[int, int], ...]
"""The same in minutes after midnight, sorted."""


class CalendarError(RuleError):
    """A calendar that cannot be used, or a time that it cannot compute."""


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, weakref=True):
    """A business calendar, as stored and as given on the command line.

    `tz`: a time zone of the IANA database. `week`: hours by "mon" … "sun", some of them; a missing
    day is closed. `closed_dates`, `date_hours`: local
    dates "YYYY-MM-DD". `public_holidays`: a country ("CN") or a part of one ("US-CA").
    Precedence: `date_hours`, `closed_dates`, `public_holidays`, `week`. `known_holidays`: the dates
    of the public holidays; every stored version has them (docs/decisions/0062), otherwise they are
    looked up.
    """

    week: dict[str, Hours]
    tz: str = "Asia/Shanghai"
    closed_dates: list[str] = []
    date_hours: dict[str, Hours] = {}
    public_holidays: str | None = None
    known_holidays: KnownHolidays | None = None


AROUND_THE_CLOCK = Calendar(tz="UTC", week={day: [("00:00", "24:00")] for day in WEEKDAYS})


class ParsedCalendar(msgspec.Struct, frozen=True):
    """A valid calendar. `week`: seven days from Monday. `dates`: hours by date, none if closed.

    `holidays`: gives the public holidays of a year, if the calendar has any.
    """

    zone: ZoneInfo
    week: tuple[Minutes, ...]
    dates: dict[date, Minutes]
    holidays: Callable[[int], HolidayYear] | None


def parse_calendar(calendar: Calendar) -> ParsedCalendar:
    """Raises CalendarError naming the faulty field."""
    unknown = [day for day in calendar.week if day not in WEEKDAYS]
    if unknown:
        raise CalendarError(
            "'{day}' is not a day of the week; use {days}.",
            field="week",
            day=unknown[0],
            days=", ".join(WEEKDAYS),
        )
    if len(calendar.closed_dates) + len(calendar.date_hours) > MAX_DATES:
        raise CalendarError(
            "A calendar can list at most {max} dates.", field="closed_dates", max=MAX_DATES
        )
    week = tuple(_read_hours(f"week.{day}", calendar.week.get(day, [])) for day in WEEKDAYS)
    dates: dict[date, Minutes] = {
        _read_date("closed_dates", text): () for text in calendar.closed_dates
    }
    for text, hours in calendar.date_hours.items():
        dates[_read_date("date_hours", text)] = _read_hours(f"date_hours.{text}", hours)
    if not any(week) and not any(dates.values()):
        raise CalendarError("This calendar has no opening hours; add some.", field="week")
    return ParsedCalendar(_read_zone(calendar.tz), week, dates, _read_holidays(calendar))


def check_weekly_hours(calendar: Calendar) -> None:
    """Raises CalendarError for a calendar of dates alone: promises need hours that recur."""
    if not any(calendar.week.values()):
        raise CalendarError(
            "Give opening hours on at least one day of the week: after the last of the dates, "
            "nothing would ever be due.",
            field="week",
        )


def _read_holidays(calendar: Calendar) -> Callable[[int], HolidayYear] | None:
    if calendar.known_holidays is not None:
        _check_known(calendar.known_holidays, calendar.public_holidays)
        return calendar.known_holidays.of
    return None if calendar.public_holidays is None else _looked_up(calendar.public_holidays)


def _looked_up(country: str) -> Callable[[int], HolidayYear]:
    if not knows_country(country):
        raise CalendarError(
            "'{country}' is not known; give a country such as CN, or part of one such as US-CA.",
            field="public_holidays",
            country=country,
        )
    return partial(holidays_of, country)


def _check_known(known: KnownHolidays, country: str | None) -> None:
    if known.country != country:
        raise CalendarError(
            "These are the public holidays of '{known}', not of '{country}'; leave them out, and "
            "the right ones are filled in.",
            field="known_holidays",
            known=known.country,
            country=country or "–",
        )
    days = [*known.closed, *known.adjusted_workdays]
    if len(days) > MAX_DATES:
        raise CalendarError(
            "A calendar can list at most {max} dates.", field="known_holidays", max=MAX_DATES
        )
    years = range(
        max(known.first_year, FIRST_HOLIDAY_YEAR), min(known.last_year, LAST_HOLIDAY_YEAR) + 1
    )
    outside = [day for day in days if day.year not in years]
    if outside:
        raise CalendarError(
            "{day} is outside the years of these public holidays.",
            field="known_holidays",
            day=str(outside[0]),
        )


def _read_hours(where: str, hours: Hours) -> Minutes:
    if len(hours) > MAX_INTERVALS:
        raise CalendarError(
            "A day can have at most {max} intervals.", field=where, max=MAX_INTERVALS
        )
    read = sorted((_read_time(where, start), _read_time(where, end)) for start, end in hours)
    for start, end in read:
        if start >= end:
            raise CalendarError(
                "{interval} ends before it starts; split hours across midnight into two intervals, "
                "one until 24:00 and one from 00:00 on the next day.",
                field=where,
                interval=_interval(start, end),
            )
    for (start, end), (next_start, next_end) in pairwise(read):
        if next_start < end:
            raise CalendarError(
                "{interval} and {other} overlap; make them one interval.",
                field=where,
                interval=_interval(start, end),
                other=_interval(next_start, next_end),
            )
    return _merged(read)


def _merged(hours: Iterable[tuple[int, int]]) -> Minutes:
    merged: list[tuple[int, int]] = []
    for start, end in hours:
        opened = merged.pop()[0] if merged and merged[-1][1] == start else start
        merged.append((opened, end))
    return tuple(merged)


_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def _read_time(where: str, text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise CalendarError(
            "'{text}' is not a time of day from 00:00 to 24:00.", field=where, text=text
        )
    return 24 * 60 if match[1] is None else int(match[1]) * 60 + int(match[2])


def _interval(start: int, end: int) -> str:
    return f"{_clock(start)}–{_clock(end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _read_date(where: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:
        raise CalendarError(
            "'{text}' is not a date; write it as YYYY-MM-DD.", field=where, text=text
        )
    return day


def _read_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CalendarError(
            "'{name}' is not a time zone; give one such as Asia/Shanghai.", field="tz", name=name
        ) from None
