"""Public holidays in words: the changes of an edit, and later announcements."""

from datetime import date

from msgspec.structs import replace

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.calendars.public_holidays import KnownHolidays
from service_desk.sla_settings.calendars.holidays import (
    calendar_changes,
    calendar_history,
    holiday_update_lines,
    years_with_holiday_updates,
)
from service_desk.sla_settings.wording import ChangedField, calendar_lines, changes

KNOWN = KnownHolidays(
    "CN", 2026, 2036, [date(2026, 10, day) for day in (1, 2, 3, 5)], [date(2026, 10, 10)]
)
OFFICE = Calendar({"mon": [("09:00", "18:00")]}, public_holidays="CN", known_holidays=KNOWN)
LATER = replace(
    KNOWN, closed=[*KNOWN.closed, date(2027, 1, 1)], adjusted_workdays=[], last_year=2037
)
DAYS = [
    ChangedField("Adjusted working days of 2026", "10 Oct", "–"),
    ChangedField("Public holidays of 2027", "–", "1 Jan"),
    ChangedField("Public holidays stored until", "2036", "2037"),
]


def test_changed_days_are_lines() -> None:
    assert calendar_changes(OFFICE, replace(OFFICE, known_holidays=LATER), "en") == DAYS
    more = replace(KNOWN, closed=[*KNOWN.closed, date(2026, 10, 6)])
    assert calendar_changes(OFFICE, replace(OFFICE, known_holidays=more, tz="UTC"), "zh") == [
        ChangedField("时区", "Asia/Shanghai", "UTC"),
        ChangedField(
            "2026 年法定节假日",
            "10月1日 – 10月3日、10月5日",
            "10月1日 – 10月3日、10月5日 – 10月6日",
        ),
    ]


def test_a_change_of_country_is_one_line() -> None:
    german = replace(OFFICE, public_holidays="DE", known_holidays=replace(KNOWN, country="DE"))
    assert calendar_changes(OFFICE, german, "en") == [ChangedField("Public holidays", "CN", "DE")]


def test_the_first_version_does_not_list_its_days() -> None:
    assert calendar_changes(None, OFFICE, "en") == changes({}, calendar_lines(OFFICE, "en"))
    history = calendar_history([replace(OFFICE, known_holidays=LATER), OFFICE], "en")
    assert history == [DAYS, calendar_changes(None, OFFICE, "en")]
    assert calendar_history([], "en") == []


def test_later_announcements() -> None:
    today = date(2026, 12, 1)
    assert years_with_holiday_updates(OFFICE, today) == list(range(2027, 2037))
    lines = holiday_update_lines(OFFICE, today, "en")
    assert [line.label for line in lines] == [
        f"Public holidays of {year}" for year in range(2027, 2037)
    ]
    assert all(line.before == "–" and line.after.startswith("1 Jan") for line in lines)
    assert (
        holiday_update_lines(
            replace(OFFICE, public_holidays=None, known_holidays=None), today, "en"
        )
        == []
    )
