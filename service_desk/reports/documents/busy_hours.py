"""When tickets arrive: a table of weekdays and hours, shaded by how many."""

from collections.abc import Sequence

from msgspec import Struct

from service_desk.reports.documents.tables import Translator
from service_desk.reports.figures.schemas import HourCount
from service_desk.rules.calendars.business_calendar import WEEKDAYS

SHADES = 6


class BusyHour(Struct, frozen=True):
    """`shade`: 0 for none, to SHADES for as many as in the busiest hour."""

    received: int
    shade: int


class BusyDay(Struct, frozen=True):
    """`hours`: from 0 to 23."""

    weekday: str
    hours: Sequence[BusyHour]


def busy_hours(counts: Sequence[HourCount], translate: Translator) -> list[BusyDay]:
    """From Monday to Sunday."""
    received = {(count.weekday, count.hour): count.received for count in counts}
    busiest = max(received.values(), default=0)
    return [
        BusyDay(
            translate.label(weekday, "weekday"),
            [
                BusyHour(count, -(-count * SHADES // busiest) if count else 0)
                for count in (received.get((number, hour), 0) for hour in range(24))
            ],
        )
        for number, weekday in enumerate(WEEKDAYS, 1)
    ]
