"""Days whose hours differ from those of their weekday."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from msgspec.structs import replace

from service_desk.rules.calendars.business_time import Calendar
from service_desk.sla_settings.calendars.days import AHEAD, special_days
from tests.rules.minutes import MinuteCalendar, calendars_and_starts

DAY = [("09:00", "12:00"), ("12:00", "18:00")]
OFFICE = Calendar(
    week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY),
    public_holidays="CN",
    closed_dates=["2026-12-25"],
    date_hours={"2026-12-26": [("00:00", "24:00")]},
)
WHOLE = [("09:00", "18:00")]


def test_holidays_adjusted_days_and_dates() -> None:
    shown = [
        (days.first, days.last, days.hours)
        for days in special_days(OFFICE, datetime(2026, 9, 26, tzinfo=UTC))
        if days.first < date(2027, 1, 1)
    ]
    assert shown == [
        (date(2026, 10, 1), date(2026, 10, 2), []),
        (date(2026, 10, 5), date(2026, 10, 7), []),
        (date(2026, 10, 10), date(2026, 10, 10), WHOLE),
        (date(2026, 12, 25), date(2026, 12, 25), []),
        (date(2026, 12, 26), date(2026, 12, 26), [("00:00", "24:00")]),
    ]


def test_weekly_hours_alone_have_none() -> None:
    plain = Calendar(week={"mon": DAY, "sun": [("20:00", "24:00")]}, tz="Europe/Berlin")
    assert special_days(plain, datetime(2026, 9, 26, tzinfo=UTC)) == []


@given(calendars_and_starts())
def test_exactly_the_days_that_differ(pair: tuple[Calendar, datetime]) -> None:
    """Compared with the hours of each of ten days, in a time zone without DST."""
    calendar, now = replace(pair[0], tz="Asia/Shanghai"), pair[1]
    oracle = MinuteCalendar(calendar)
    special = {
        days.first + timedelta(days=n): days.hours
        for days in special_days(calendar, now)
        for n in range((days.last - days.first).days + 1)
    }
    start = now.astimezone(oracle.zone).date()
    for day in (start + timedelta(days=n) for n in range(10)):
        hours = minutes_of(oracle.hours(day))
        differs = hours != minutes_of(calendar.week.get(f"{day:%a}".lower(), []))
        assert (day in special) == differs
        assert not differs or minutes_of(special[day]) == hours
    assert all(start <= day < start + timedelta(days=AHEAD) for day in special)


@given(calendars_and_starts())
def test_any_time_zone(pair: tuple[Calendar, datetime]) -> None:
    days = special_days(*pair)
    assert all(one.first <= one.last for one in days)
    assert all(one.last < following.first for one, following in pairwise(days))


def minutes_of(hours: list[tuple[str, str]]) -> set[int]:
    def minute(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    return {m for start, end in hours for m in range(minute(start), minute(end))}
