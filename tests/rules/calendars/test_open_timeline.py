"""Open time on the UTC timeline, where clocks change."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from service_desk.rules.calendars.business_calendar import parse_calendar
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.calendars.open_timeline import OpenTimeline
from service_desk.rules.calendars.opening_hours import OpeningHours, in_microseconds
from service_desk.rules.calendars.utc_offsets import instant, utc_offsets
from tests.rules.minutes import DAYS, MINUTE, MinuteCalendar, calendars_and_starts

# The clocks go back in the night of 1 November, and forward in that of 14 March.
ALL_DAY = Calendar({day: [("00:00", "24:00")] for day in DAYS}, tz="America/New_York")
AUTUMN, SPRING = datetime(2026, 10, 31, tzinfo=UTC), datetime(2027, 3, 13, tzinfo=UTC)
MINUTES = st.integers(0, 3 * 24 * 60)
MICROSECONDS = 60_000_000  # of a minute


def timeline_of(calendar: Calendar, start: datetime) -> OpenTimeline:
    """Of its weekly hours: public holidays are of whole years, and dates are in business_time."""
    week = [in_microseconds(hours) for hours in parse_calendar(calendar).week]
    return OpenTimeline(
        OpeningHours(week, {}), utc_offsets(calendar.tz, start.year - 1, start.year + 1)
    )


@given(calendars_and_starts(), MINUTES)
@example((ALL_DAY, AUTUMN), 48 * 60)
@example((ALL_DAY, SPRING), 48 * 60)
def test_it_counts_the_minutes_that_are_open(case: tuple[Calendar, datetime], minutes: int) -> None:
    calendar, start = plain(case)
    end = start + minutes * MINUTE
    timeline, oracle = timeline_of(calendar, start), MinuteCalendar(calendar)
    counted = timeline.open_before(instant(end)) - timeline.open_before(instant(start))
    assert counted == oracle.between(start, end) * MICROSECONDS
    assert timeline.is_open(instant(start)) == oracle.is_open(start)


@given(calendars_and_starts(), MINUTES)
@example((ALL_DAY, AUTUMN), 48 * 60)
@example((ALL_DAY, SPRING), 48 * 60)
def test_an_open_instant_is_found_by_the_open_time_before_it(
    case: tuple[Calendar, datetime], minutes: int
) -> None:
    calendar, start = plain(case)
    timeline, at = timeline_of(calendar, start), instant(start + minutes * MINUTE)
    reached = timeline.instant_of(timeline.open_before(at))
    assert timeline.open_before(reached) == timeline.open_before(at)
    assert reached <= at
    if timeline.is_open(at):
        opened = at - reached  # at an opening, the closing before it has as much open time
        assert opened == 0 or not timeline.is_open(at - 1)
        assert timeline.open_before(timeline.closes(at)) == timeline.open_before(at) + (
            timeline.closes(at) - at
        )


def plain(case: tuple[Calendar, datetime]) -> tuple[Calendar, datetime]:
    """The case with weekly hours only."""
    calendar, start = case
    week = calendar.week if any(calendar.week.values()) else {"mon": [("09:00", "17:00")]}
    return Calendar(week, tz=calendar.tz), start
