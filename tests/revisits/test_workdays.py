"""The days on which customers are called."""

from collections.abc import Iterator
from datetime import date

import pytest
from msgspec.structs import replace

from service_desk.revisits.workdays import office_calendar
from service_desk.settings import get_settings


@pytest.fixture(autouse=True)
def calendar_made_anew() -> Iterator[None]:
    """It is kept as long as the process lives."""
    office_calendar.cache_clear()
    yield
    office_calendar.cache_clear()


@pytest.mark.parametrize(
    ("day", "is_workday"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 10, 10), True),  # a Saturday worked for it
        (date(2026, 10, 17), False),  # another Saturday
    ],
)
def test_they_are_weekdays_without_the_holidays_of_the_region(
    day: date, *, is_workday: bool
) -> None:
    assert get_settings().region == "CN"
    assert office_calendar().is_workday(day) is is_workday


def test_a_region_whose_holidays_nobody_knows_has_weekdays(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(get_settings(), region="AQ")
    monkeypatch.setattr("service_desk.revisits.workdays.get_settings", lambda: settings)
    calendar = office_calendar()
    assert calendar.is_workday(date(2026, 10, 1))
    assert not calendar.is_workday(date(2026, 10, 10))
