from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.calendars.quiet_hours import (
    QuietHoursError,
    check_quiet_hours,
    earliest_notification,
)

ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"])
QUIET = st.tuples(
    st.integers(0, 23).map(lambda hour: f"{hour:02}:00"),
    st.integers(0, 23).map(lambda hour: f"{hour:02}:30"),
)
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the time zone


def is_quiet(at: datetime, quiet: tuple[str, str], zone: ZoneInfo) -> bool:
    """By local time."""
    now, (start, end) = at.astimezone(zone).strftime("%H:%M"), quiet
    return start <= now < end if start < end else now >= start or now < end


@given(TIMES, QUIET, ZONES)
def test_notified_at_the_first_minute_that_is_not_quiet(
    at: datetime, quiet: tuple[str, str], zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    found = earliest_notification(at, quiet, zone)
    if not is_quiet(at, quiet, zone):
        assert found == at
        return
    minute = at
    while is_quiet(minute, quiet, zone):
        minute += timedelta(minutes=1)
    assert timedelta() <= minute - found < timedelta(minutes=1) or _clocks_change(at, found, zone)


def _clocks_change(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    return (
        start.astimezone(zone).utcoffset()
        != (end + timedelta(hours=2)).astimezone(zone).utcoffset()
    )


@given(TIMES)
def test_without_quiet_hours_immediately(at: datetime) -> None:
    assert earliest_notification(at, None, ZoneInfo("UTC")) == at


@pytest.mark.parametrize("quiet", [("22:00", "22:00"), ("25:00", "07:00"), ("22", "x")])
def test_invalid_quiet_hours(quiet: tuple[str, str]) -> None:
    with pytest.raises(QuietHoursError, match="quiet_hours"):
        check_quiet_hours(quiet)
