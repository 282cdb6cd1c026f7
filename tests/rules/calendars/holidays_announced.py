"""A newer library of public holidays, with one more day off in China in 2027 and a Saturday worked.
For tests only."""

from datetime import date
from functools import lru_cache

import pytest

from service_desk.rules.calendars import business_time
from service_desk.rules.calendars.public_holidays import HolidayYear, holidays_of

DAY_OFF = date(2027, 3, 10)
SATURDAY_WORKED = date(2027, 3, 13)


def announce(
    monkeypatch: pytest.MonkeyPatch, off: date = DAY_OFF, worked: date = SATURDAY_WORKED
) -> None:
    """As if the process had been restarted with that library, until the end of the test."""
    before = holidays_of("CN", off.year)
    newer = HolidayYear(
        closed=(*before.closed, off.toordinal() - 1),
        adjusted_workdays=(*before.adjusted_workdays, worked.toordinal() - 1),
    )

    def newer_holidays_of(code: str, year: int) -> HolidayYear:
        return newer if (code, year) == ("CN", off.year) else holidays_of(code, year)

    for module in ("public_holidays", "business_calendar"):
        monkeypatch.setattr(f"service_desk.rules.calendars.{module}.holidays_of", newer_holidays_of)
    compile_anew = lru_cache(vars(business_time)["_compile"].__wrapped__)
    monkeypatch.setattr(business_time, "_compile", compile_anew)
    monkeypatch.setattr(business_time, "_compiled", {})
