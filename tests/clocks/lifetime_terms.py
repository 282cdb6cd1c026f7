"""The material of random lifetimes: calendars, policies, and the time until the next step."""

from datetime import timedelta

from hypothesis import strategies as st

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import ALWAYS, Match
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET
from service_desk.sla_settings.editing import save_calendar
from tests.factories import NOW, empty_desk, make_staff

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
SHIFTS = [("08:00", "12:00"), ("13:30", "17:45")]
NIGHTS = [("00:00", "03:30"), ("20:00", "24:00")]

CALENDARS = [
    Calendar(week=dict.fromkeys(WEEKDAYS, SHIFTS), public_holidays="CN"),
    Calendar(
        tz="Europe/Berlin",  # the clocks are set back on 25 October 2026
        week=dict.fromkeys(WEEKDAYS, NIGHTS) | {"sun": NIGHTS},
        closed_dates=["2026-10-18"],
    ),
    Calendar(week={"sat": [("09:00", "10:00")]}, date_hours={"2026-10-16": SHIFTS}),
]

DEADLINE = "at the next deadline"
AT_ONCE, A_BIT = timedelta(), timedelta(microseconds=1)
pauses = st.one_of(
    st.just(DEADLINE),
    st.sampled_from([AT_ONCE, A_BIT, MINUTE, 25 * MINUTE]),
    st.sampled_from([HOUR, 3 * HOUR, 20 * HOUR, 2 * DAY, 8 * DAY]),
)
words = st.sampled_from(["Any news?", "It is still broken", "There is smoke and fire"])
targets = st.dictionaries(
    st.sampled_from(CLOCKS_WITH_TARGET), st.sampled_from([60, 1800, 7200, 14400, 172_800])
)
levels = st.sampled_from([(50, 80, 100, 150), (100,), (1, 100, 1000), (25, 50, 75, 100)])
matches = st.sampled_from(
    [Match(severities=("high",)), Match(kinds=("repair",)), Match(tiers=("A",))]
)
scopes = st.sampled_from(["new", "open", "at once"])
terms = st.fixed_dictionaries(
    {
        "targets": targets,
        "levels": levels,
        "recipients": st.just(dict.fromkeys((1, 25, 50, 75, 80, 100, 150, 1000), ("in_app",))),
        "calendar": st.sampled_from([ALWAYS, "office"]),
        "pause_on_supplier": st.booleans(),
        "pause_on_parts": st.booleans(),
    }
)


async def install() -> tuple[int, int]:
    """Set up a desk with an office calendar, an agent and a supervisor; returns their ids."""
    await empty_desk()
    agent, boss = await make_staff("agent"), await make_staff("supervisor")
    await save_calendar("office", CALENDARS[0], apply_to_open=False, staff_id=boss, now=NOW)
    return agent, boss
