"""A calendar as the fields of a form: hours and dates as people type them."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from service_desk.errors import InvalidInput
from service_desk.rules.calendars.business_calendar import WEEKDAYS, Calendar, Hours
from service_desk.sla_settings.calendars.days import date_ranges
from service_desk.sla_settings.form_values import FormLists, text_of, version_edited
from service_desk.sla_settings.wording import format_hours

MAX_RANGE_DAYS = 400

_SEPARATORS = re.compile(r"[,，、;；\s]+")
_DASH = re.compile(r"\s*(?:-|–|—|~|～|至|\bto\b)\s*")
_RANGE = re.compile(r"\s*(?:–|—|~|～|至|\.\.|\bto\b|\s-\s)\s*")
_TIME = re.compile(r"(\d{1,2})(?:[:：](\d{2}))?")
_DATE = re.compile(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?")
_DATED = re.compile(r"(\S+?)(?:[:：]\s*|\s+|$)(.*)")


class CalendarFields(Struct, frozen=True):
    """The fields as typed. `week`: hours by weekday; `closed_dates`: dates and ranges;
    `date_hours`: one date with its hours per line; `based_on`: the version edited, 0 for a new
    calendar. The days of the public holidays are not part of the form."""

    name: str
    based_on: int
    tz: str
    public_holidays: str
    week: dict[str, str]
    closed_dates: str
    date_hours: str


def fields_of(name: str, calendar: Calendar, based_on: int) -> CalendarFields:
    dated = sorted(calendar.date_hours.items())
    return CalendarFields(
        name=name,
        based_on=based_on,
        tz=calendar.tz,
        public_holidays=calendar.public_holidays or "",
        week={day: format_hours(calendar.week.get(day, [])) for day in WEEKDAYS},
        closed_dates="\n".join(_ranges(calendar.closed_dates)),
        date_hours="\n".join(f"{day}: {format_hours(hours)}" for day, hours in dated),
    )


def read_fields(form: FormLists) -> CalendarFields:
    """The input as it is, to be shown again if it is rejected."""
    return CalendarFields(
        name=text_of(form, "name"),
        based_on=version_edited(form),
        tz=text_of(form, "tz"),
        public_holidays=text_of(form, "public_holidays"),
        week={day: text_of(form, f"week.{day}") for day in WEEKDAYS},
        closed_dates=text_of(form, "closed_dates"),
        date_hours=text_of(form, "date_hours"),
    )


def calendar_from(fields: CalendarFields) -> Calendar:
    """Raises InvalidInput with the field for what cannot be read; the rules check the rest."""
    week = {day: _hours(f"week.{day}", text) for day, text in fields.week.items()}
    return Calendar(
        week={day: hours for day, hours in week.items() if hours},
        tz=fields.tz,
        closed_dates=sorted(set(_dates(fields.closed_dates))),
        date_hours=dict(
            _dated_line(line) for line in fields.date_hours.splitlines() if line.strip()
        ),
        public_holidays=_country(fields.public_holidays),
    )


def _country(code: str) -> str | None:
    """ "us-CA" is read as US-CA; the case of the region is kept, for it differs by country."""
    country, dash, part = code.partition("-")
    return country.upper() + dash + part or None


def _hours(field: str, text: str) -> Hours:
    pieces = _SEPARATORS.split(_DASH.sub("-", text.strip()))
    return [_interval(field, piece) for piece in pieces if piece]


def _interval(field: str, piece: str) -> tuple[str, str]:
    start, dash, end = piece.partition("-")
    if not dash:
        raise InvalidInput(
            "“{text}” is not a valid interval; write 09:00–12:00, 13:00–18:00.",
            field=field,
            text=piece[:40],
        )
    return _time(start), _time(end)


def _time(text: str) -> str:
    """ "9" is read as 09:00. Anything else is returned as it is, for the rules to reject."""
    match = _TIME.fullmatch(text)
    return text[:40] if match is None else f"{int(match[1]):02}:{match[2] or '00'}"


def _dates(text: str) -> list[str]:
    dates: list[str] = []
    for piece in _SEPARATORS.split(_RANGE.sub("..", text.strip())):
        start, dots, end = piece.partition("..")
        if dots:
            dates += _days_between(_date(start), _date(end))
        elif piece:
            dates.append(_date(piece))
    return dates


def _days_between(start: str, end: str) -> list[str]:
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return [start, end]  # the rules reject the invalid one
    if not 0 <= (last - first).days <= MAX_RANGE_DAYS:
        raise InvalidInput(
            "{start} – {end} is not a valid range of at most {max} days.",
            field="closed_dates",
            start=start,
            end=end,
            max=MAX_RANGE_DAYS,
        )
    return [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def _dated_line(line: str) -> tuple[str, Hours]:
    match = _DATED.match(line.strip())
    assert match is not None  # the line is not blank
    return _date(match[1]), _hours("date_hours", match[2])


def _date(text: str) -> str:
    match = _DATE.fullmatch(text)
    if match is None:
        return text[:40]
    year, month, day = match.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def _ranges(dates: Sequence[str]) -> list[str]:
    """Consecutive days as one line; returned as they are if one is not a date."""
    try:
        days = sorted({date.fromisoformat(text) for text in dates})
    except ValueError:
        return list(dates)
    return [
        str(first) if first == last else f"{first} – {last}" for first, last in date_ranges(days)
    ]
