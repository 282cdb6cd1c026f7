"""A calendar as a form and back."""

import pytest
from hypothesis import given
from msgspec.structs import replace

from service_desk.errors import InvalidInput
from service_desk.rules.calendars.business_time import Calendar, CalendarError, compile_calendar
from service_desk.sla_settings.calendars.form import calendar_from, fields_of, read_fields
from tests.rules.minutes import calendars_and_starts

OFFICE = Calendar(
    week={"mon": [("09:00", "12:00"), ("13:00", "18:00")], "sun": [("00:00", "24:00")]},
    closed_dates=["2026-10-01", "2026-10-02", "2026-10-03", "2026-12-31"],
    date_hours={"2026-10-10": [("09:00", "18:00")], "2026-10-11": []},
    public_holidays="CN",
)


@given(calendars_and_starts().map(lambda pair: pair[0]))
def test_round_trip(calendar: Calendar) -> None:
    tidy = replace(
        calendar,
        week={day: hours for day, hours in calendar.week.items() if hours},
        closed_dates=sorted(set(calendar.closed_dates)),
    )
    assert calendar_from(fields_of("office", calendar, 1)) == tidy


def test_the_fields_of_a_calendar() -> None:
    fields = fields_of("office", OFFICE, 2)
    assert fields.week["mon"] == "09:00–12:00, 13:00–18:00"
    assert fields.week["tue"] == ""
    assert fields.closed_dates == "2026-10-01 – 2026-10-03\n2026-12-31"
    assert fields.date_hours == "2026-10-10: 09:00–18:00\n2026-10-11: "
    assert calendar_from(fields) == OFFICE


@pytest.mark.parametrize(
    "typed",
    ["9-12, 13-18", "9:00–12:00、13：00～18：00", "09:00 - 12:00; 13:00 to 18:00", "9至12 13至18"],
)
def test_hours_as_people_type_them(typed: str) -> None:
    fields = read_fields({"name": ["x"], "tz": ["UTC"], "week.mon": [typed]})
    assert calendar_from(fields).week == {"mon": [("09:00", "12:00"), ("13:00", "18:00")]}


@pytest.mark.parametrize(
    ("typed", "dates"),
    [
        ("2026-10-01\n2026-10-03", ["2026-10-01", "2026-10-03"]),
        ("2026/10/1 至 2026/10/3", ["2026-10-01", "2026-10-02", "2026-10-03"]),
        ("2026年10月1日，2026年10月1日", ["2026-10-01"]),
        ("2026-10-01..2026-10-02, 2027-01-01", ["2026-10-01", "2026-10-02", "2027-01-01"]),
        ("2026-10-01 - 2026-10-02", ["2026-10-01", "2026-10-02"]),
        ("", []),
    ],
)
def test_dates_as_people_type_them(typed: str, dates: list[str]) -> None:
    fields = replace(fields_of("office", OFFICE, 1), closed_dates=typed)
    assert calendar_from(fields).closed_dates == dates


def test_special_hours_as_people_type_them() -> None:
    typed = "2026年10月10日：9-18\n\n2026-10-11 9:00-12:00, 13:00-24:00\n2026-10-12"
    fields = replace(fields_of("office", OFFICE, 1), date_hours=typed)
    assert calendar_from(fields).date_hours == {
        "2026-10-10": [("09:00", "18:00")],
        "2026-10-11": [("09:00", "12:00"), ("13:00", "24:00")],
        "2026-10-12": [],
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"week": {"mon": "morning"}}, "week.mon"),
        ({"week": {"mon": "9-25"}}, "week.mon"),
        ({"week": {"mon": "22-6"}}, "week.mon"),
        ({"week": {}}, "week"),
        ({"closed_dates": "soon"}, "closed_dates"),
        ({"closed_dates": "2026-10-05 – 2026-10-01"}, "closed_dates"),
        ({"closed_dates": "2026-02-30 – 2026-10-01"}, "closed_dates"),
        ({"closed_dates": "2026-01-01 – 2036-01-01"}, "closed_dates"),
        ({"date_hours": "soon: 9-12"}, "date_hours"),
        ({"date_hours": "2026-10-10: all day"}, "date_hours"),
        ({"tz": "Moon"}, "tz"),
        ({"public_holidays": "moon"}, "public_holidays"),
    ],
)
def test_an_invalid_field_is_named(change: dict[str, object], field: str) -> None:
    fields = replace(fields_of("office", replace(OFFICE, date_hours={}), 1), **change)
    with pytest.raises((InvalidInput, CalendarError)) as refused:
        compile_calendar(calendar_from(fields))
    assert refused.value.field == field
