"""The periods of constant offset, compared with zoneinfo day by day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service_desk.rules.calendars import utc_offsets as utc_offsets_module
from service_desk.rules.calendars.business_time import Calendar, compile_calendar
from service_desk.rules.calendars.utc_offsets import EPOCH, instant, utc_offsets

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Gaza",
)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize("zone", [*ZONES, "Asia/Shanghai", "UTC"])
@pytest.mark.parametrize("year", [1941, 2026, 2087, 2200, 2201, 2240, 2300, 2400, 5556, 9998])
def test_every_day_has_the_offset_of_its_zone(zone: str, year: int) -> None:
    offsets = utc_offsets(zone, year, year)
    place = ZoneInfo(zone)

    def right(at: datetime) -> bool:
        shown = offsets.offsets[offsets.at(instant(at))] * MICROSECOND
        return shown == at.astimezone(place).utcoffset()

    start = datetime(year, 1, 1, tzinfo=UTC)
    assert all(right(start + n * DAY) for n in range(365))
    changes = [EPOCH + start * MICROSECOND for start in offsets.starts[1:]]
    assert all(right(change) and right(change - MICROSECOND) for change in changes)
    if zone in ZONES and year > 2000:
        assert len([change for change in changes if change.year == year]) >= 2


def test_distant_years_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """They repeat the changes of years that were searched."""
    searched: set[int] = set()

    def counted(zone: ZoneInfo, at: datetime) -> int:
        searched.add(at.year)
        return offset_at(zone, at)

    offset_at: Callable[[ZoneInfo, datetime], int] = vars(utc_offsets_module)["_offset"]
    monkeypatch.setattr(utc_offsets_module, "_offset", counted)
    # No other test uses this zone, whose years would be cached.
    calendar = Calendar(week={"mon": [("09:00", "10:00")]}, tz="America/Toronto")
    due = compile_calendar(calendar).add(datetime(2026, 1, 1, tzinfo=UTC), 1_400_000_000)
    assert due == datetime(9479, 3, 10, 13, 53, 20, tzinfo=UTC)
    assert {2026, 2100} <= searched
    assert max(searched) < 2300
