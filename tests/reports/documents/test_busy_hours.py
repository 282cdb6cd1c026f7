"""The week of a month's tickets."""

from service_desk.reports.documents.busy_hours import SHADES, BusyHour, busy_hours
from service_desk.reports.documents.tables import Translator
from service_desk.reports.figures.schemas import HourCount


def test_every_hour_of_the_week_has_its_count_and_the_busiest_the_deepest_shade() -> None:
    counts = [HourCount(1, 9, 12), HourCount(1, 10, 1), HourCount(7, 23, 7)]
    week = busy_hours(counts, Translator("zh"))
    assert [day.weekday for day in week][::6] == ["星期一", "星期日"]
    assert [len(day.hours) for day in week] == [24] * 7
    assert week[0].hours[9] == BusyHour(12, SHADES)
    assert week[0].hours[10] == BusyHour(1, 1)
    assert week[6].hours[23] == BusyHour(7, 4)
    assert week[2].hours[0] == BusyHour(0, 0)


def test_a_month_without_tickets_has_no_shades() -> None:
    assert {hour.shade for day in busy_hours([], Translator("en")) for hour in day.hours} == {0}
