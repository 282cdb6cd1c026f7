"""Public holidays of calendars, in words: the changes of an edit, and later announcements."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from babel.dates import format_date

from service_desk.i18n.translate import N_, translate
from service_desk.rules.calendars.business_calendar import Calendar
from service_desk.rules.calendars.known_holidays import (
    HolidayChange,
    holiday_changes,
    holiday_updates,
)
from service_desk.rules.words.languages import Locale
from service_desk.sla_settings.calendars.days import date_ranges
from service_desk.sla_settings.wording import NOTHING, ChangedField, calendar_lines, changes

DAY_OF_YEAR = {"en": "d MMM", "zh": "M月d日"}


def calendar_changes(
    before: Calendar | None, after: Calendar, locale: Locale
) -> list[ChangedField]:
    """The changes of an edit, line by line, changed public holidays included."""
    if before is None:
        return changes({}, calendar_lines(after, locale))
    plain = changes(calendar_lines(before, locale), calendar_lines(after, locale))
    return [
        *plain,
        *(_in_words(change, locale) for change in holiday_changes(before, after)),
        *_last_year(before, after, locale),
    ]


def calendar_history(versions: Sequence[Calendar], locale: Locale) -> list[list[ChangedField]]:
    """The changes of each version, the newest first; those of the first version are all its
    lines."""
    return [
        calendar_changes(before, after, locale)
        for after, before in pairwise([*versions, None])
        if after is not None
    ]


def holiday_update_lines(calendar: Calendar, today: date, locale: Locale) -> list[ChangedField]:
    """Coming holidays and working days that were announced or changed since this version."""
    return [_in_words(change, locale) for change in holiday_updates(calendar, today)]


def years_with_holiday_updates(calendar: Calendar, today: date) -> list[int]:
    """The years with such changes."""
    return sorted({change.year for change in holiday_updates(calendar, today)})


def _last_year(before: Calendar, after: Calendar, locale: Locale) -> list[ChangedField]:
    old, new = before.known_holidays, after.known_holidays
    if old is None or new is None or old.last_year == new.last_year:
        return []
    label = translate(N_("Public holidays stored until"), locale)
    return [ChangedField(label, str(old.last_year), str(new.last_year))]


def _in_words(change: HolidayChange, locale: Locale) -> ChangedField:
    label = (
        N_("Adjusted working days of {year}")
        if change.adjusted_workdays
        else N_("Public holidays of {year}")
    )
    was, now = _days(change.before, locale), _days(change.after, locale)
    return ChangedField(translate(label, locale, year=change.year), was, now)


def _days(days: Iterable[date], locale: Locale) -> str:
    """Without the year, which is in the label."""
    words = [
        _day(first, locale) if first == last else f"{_day(first, locale)} – {_day(last, locale)}"
        for first, last in date_ranges(days)
    ]
    return translate(N_(", "), locale).join(words) or NOTHING


def _day(day: date, locale: Locale) -> str:
    return format_date(day, DAY_OF_YEAR[locale], locale=locale)
