"""Times, durations and money in the format of the reader's language."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_precision

from service_desk.i18n.translate import N_, translate
from service_desk.rules.words.languages import Locale

MINUTE, HOUR, DAY = 60, 3600, 86400
SECONDS_SHOWN_BELOW = 10 * MINUTE
SOON = 30 * MINUTE

# {a} and {b}: two neighbouring units. static/countdown.js fills in the same texts.
DURATIONS = {
    "whole_days": N_("{a} d"),
    "days": N_("{a} d {b} h"),
    "whole_hours": N_("{a} h"),
    "hours": N_("{a} h {b} min"),
    "minutes": N_("{b} min"),
    "seconds": N_("{a} min {b} s"),
    "overdue": N_("{duration} overdue"),
}

DATE_TIME = {"en": "d MMM, HH:mm", "zh": "M月d日 HH:mm"}
DATE_TIME_OF_OTHER_YEAR = {"en": "d MMM y, HH:mm", "zh": "y年M月d日 HH:mm"}
DATE = {"en": "d MMM y", "zh": "y年M月d日"}


def local_time(at: datetime, zone: ZoneInfo, locale: Locale, now: datetime) -> str:
    """Date and minute in the desk's time zone; the year only if it is not the current one."""
    here = at.astimezone(zone)
    patterns = DATE_TIME if here.year == now.astimezone(zone).year else DATE_TIME_OF_OTHER_YEAR
    return format_datetime(here, patterns[locale], tzinfo=zone, locale=locale)


def local_date(day: date | datetime, zone: ZoneInfo, locale: Locale) -> str:
    if isinstance(day, datetime):
        day = day.astimezone(zone).date()
    return format_date(day, DATE[locale], locale=locale)


def due_in(seconds: int, locale: Locale) -> str:
    """The time left, or by how much it is overdue."""
    text = duration(abs(seconds), locale)
    return translate(DURATIONS["overdue"], locale, duration=text) if seconds < 0 else text


def duration(seconds: int, locale: Locale) -> str:
    """The two largest units; seconds only below ten minutes."""
    if seconds >= DAY:
        a, b = seconds // DAY, seconds % DAY // HOUR
        form = "days" if b else "whole_days"
    elif seconds >= HOUR:
        a, b = seconds // HOUR, seconds % HOUR // MINUTE
        form = "hours" if b else "whole_hours"
    elif seconds >= SECONDS_SHOWN_BELOW:
        form, a, b = "minutes", 0, seconds // MINUTE
    else:
        form, a, b = "seconds", seconds // MINUTE, seconds % MINUTE
    return translate(DURATIONS[form], locale, a=a, b=b)


def working_time(seconds: int, locale: Locale) -> str:
    """In hours and minutes, never days: a working day does not have 24 hours."""
    a, b = seconds // HOUR, seconds % HOUR // MINUTE
    form = "minutes" if not a else "hours" if b else "whole_hours"
    if seconds < MINUTE:
        form, a, b = "seconds", 0, seconds
    return translate(DURATIONS[form], locale, a=a, b=b)


def money(minor: int, currency: str, locale: Locale) -> str:
    """An amount given in minor units (fen)."""
    places = get_currency_precision(currency)
    return format_currency(Decimal(minor).scaleb(-places), currency, locale=_territory(locale))


def plain_money(minor: int, currency: str) -> str:
    """An amount in minor units as a field shows it: "120.50", in yen "120"."""
    places = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def price(amount: Decimal, currency: str, locale: Locale) -> str:
    """A small amount, with all its decimal places and no fewer than its currency's."""
    places = max(get_currency_precision(currency), -int(amount.normalize().as_tuple().exponent))
    pattern = "¤#,##0." + "0" * places if places else "¤#,##0"
    return format_currency(
        amount, currency, pattern, locale=_territory(locale), currency_digits=False
    )


def number(value: float, locale: Locale) -> str:
    return format_decimal(value, locale=_territory(locale))


def _territory(locale: Locale) -> str:
    return {"en": "en", "zh": "zh_CN"}[locale]
