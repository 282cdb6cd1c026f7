"""Times given by callers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service_desk.errors import InvalidInput
from service_desk.web.timestamps import read_moment, require_offset

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def test_a_time_needs_its_offset() -> None:
    at = datetime(2026, 10, 15, 2, tzinfo=UTC)
    assert require_offset("since", at) is at
    with pytest.raises(InvalidInput, match="offset from UTC") as refused:
        require_offset("since", at.replace(tzinfo=None))
    assert refused.value.field == "since"


def test_a_time_is_that_instant_whatever_the_zone() -> None:
    read = read_moment("since", "2026-11-01T09:30:00+08:00", NEW_YORK)
    assert read == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "hours"), [(SHANGHAI, 24), (NEW_YORK, 25)])
def test_a_date_is_from_midnight_to_midnight_in_the_zone(zone: ZoneInfo, hours: int) -> None:
    """On 1 November 2026 the clocks of New York go back."""
    begins = read_moment("since", "2026-11-01", zone)
    ends = read_moment("until", "2026-11-01", zone, ends=True)
    assert begins.astimezone(zone).time() == ends.astimezone(zone).time() == datetime.min.time()
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["2026-11-01T09:30:00", "tomorrow", "2026-13-01", ""])
def test_anything_else_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_moment("until", text, SHANGHAI)
    assert refused.value.field == "until"
