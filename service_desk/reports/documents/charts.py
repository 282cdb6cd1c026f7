"""The charts of the report page: ECharts options as data, drawn by static/reports.js.

No functions and no colours here: options travel as JSON, and the page knows light from dark.
"""

from typing import Any

from msgspec import Struct

from service_desk.i18n.translate import N_
from service_desk.reports.documents.figure_tables import key_text
from service_desk.reports.documents.tables import Translator
from service_desk.reports.figures.schemas import DimensionCount, Figures

Option = dict[str, Any]
MAX_BARS = 12
PERCENT = 100
GRID = {"left": 24, "right": 16, "top": 40, "bottom": 8, "containLabel": True}
TOOLTIP = {"trigger": "axis", "confine": True, "renderMode": "richText"}
LABEL_WIDTH = 130
NARROW_SCREEN = {"maxWidth": 480}  # pixels: a phone


class Chart(Struct, frozen=True):
    """`summary`: what it shows, for those who cannot see it."""

    title: str
    summary: str
    option: Option


def charts_of(figures: Figures, words: Translator) -> dict[str, Chart]:
    """By the section of the page they stand in."""
    return {
        "days": days_chart(figures, words),
        "clocks": clocks_chart(figures, words),
        "categories": categories_chart(figures, words),
        "suppliers": suppliers_chart(figures, words),
        "channels": donut_chart(figures.by_channel, words, words(N_("Channels")), "channel"),
        "causes": bar_chart(figures.by_cause, words, words(N_("Causes")), "cause"),
        "hours": hours_chart(figures, words),
    }


def days_chart(figures: Figures, words: Translator) -> Chart:
    title = words(N_("Received and resolved by day"))
    return Chart(
        title,
        title,
        {
            "tooltip": TOOLTIP,
            "legend": {"top": 0},
            "grid": GRID,
            "xAxis": {"type": "category", "data": [str(day.day.day) for day in figures.by_day]},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {
                    "type": "bar",
                    "name": words(N_("Tickets received")),
                    "data": [day.received for day in figures.by_day],
                },
                {
                    "type": "line",
                    "name": words(N_("Resolved")),
                    "data": [day.resolved for day in figures.by_day],
                    "symbolSize": 5,
                },
            ],
        },
    )


def clocks_chart(figures: Figures, words: Translator) -> Chart:
    title = words(N_("Attainment of each clock"))
    before = {clock.clock: clock.attainment for clock in figures.clocks_month_before}
    return Chart(
        title,
        title,
        {
            "tooltip": TOOLTIP,
            "legend": {"top": 0},
            "grid": GRID,
            "xAxis": {
                "type": "category",
                "data": [words.name(clock.clock, "clock") for clock in figures.clocks],
                "axisLabel": {"interval": 0},
            },
            "yAxis": _percent_axis(),
            "media": _narrow(xAxis={"axisLabel": {"rotate": 40, "fontSize": 11}}),
            "series": [
                {
                    "type": "bar",
                    "name": figures.month,
                    "data": [_percent(clock.attainment) for clock in figures.clocks],
                },
                {
                    "type": "bar",
                    "name": words(N_("Month before")),
                    "data": [_percent(before.get(clock.clock)) for clock in figures.clocks],
                },
            ],
        },
    )


def categories_chart(figures: Figures, words: Translator) -> Chart:
    title = words(N_("Categories, largest first, with cumulative share"))
    rows = figures.by_category[:MAX_BARS]
    names = [
        words.own(row.name_en, row.name_zh) if row.code else words(N_("Not categorised"))
        for row in rows
    ]
    return Chart(
        title,
        title,
        {
            "tooltip": TOOLTIP,
            "legend": {"top": 0},
            "grid": GRID,
            "xAxis": {
                "type": "category",
                "data": names,
                "axisLabel": {"interval": 0, "rotate": 35, "width": 110, "overflow": "truncate"},
            },
            "yAxis": [{"type": "value", "minInterval": 1}, _percent_axis()],
            "media": _narrow(xAxis={"axisLabel": {"rotate": 60, "fontSize": 10, "width": 90}}),
            "series": [
                {
                    "type": "bar",
                    "name": words(N_("Tickets received")),
                    "data": [row.received for row in rows],
                },
                {
                    "type": "line",
                    "name": words(N_("Cumulative share (%)")),
                    "yAxisIndex": 1,
                    "data": [_percent(row.cumulative) for row in rows],
                },
            ],
        },
    )


def suppliers_chart(figures: Figures, words: Translator) -> Chart:
    title = words(N_("Offences by supplier"))
    rows = [row for row in figures.by_supplier if row.received][:MAX_BARS]
    return Chart(
        title,
        title,
        _horizontal_bars(
            [row.name for row in rows],
            {
                words(N_("Offences")): [row.offences for row in rows],
                words(N_("Other tickets")): [row.received - row.offences for row in rows],
            },
        ),
    )


def bar_chart(
    counts: list[DimensionCount], words: Translator, title: str, group: str | None
) -> Chart:
    rows = counts[:MAX_BARS]
    return Chart(
        title,
        title,
        _horizontal_bars(
            [key_text(row.key, words, group) for row in rows],
            {words(N_("Tickets received")): [row.received for row in rows]},
        ),
    )


def donut_chart(
    counts: list[DimensionCount], words: Translator, title: str, group: str | None
) -> Chart:
    return Chart(
        title,
        title,
        {
            "tooltip": {"trigger": "item", "confine": True, "renderMode": "richText"},
            "legend": {"bottom": 0},
            "series": [
                {
                    "type": "pie",
                    "radius": ["45%", "70%"],
                    "center": ["50%", "45%"],
                    "label": {"formatter": "{d}%"},
                    # The legend tells the figures: a phone has no room for labels.
                    "data": [
                        {
                            "name": f"{key_text(row.key, words, group)}: {row.received}",
                            "value": row.received,
                        }
                        for row in counts
                    ],
                }
            ],
            "media": _narrow(
                series=[
                    {
                        "radius": ["35%", "60%"],
                        "center": ["50%", "35%"],
                        "label": {"show": False},
                        "labelLine": {"show": False},
                    }
                ]
            ),
        },
    )


def hours_chart(figures: Figures, words: Translator) -> Chart:
    title = words(N_("When customers write: hour and weekday"))
    weekdays = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    most = max((hour.received for hour in figures.by_hour), default=1)
    return Chart(
        title,
        title,
        {
            "tooltip": {"confine": True, "renderMode": "richText"},
            "grid": {**GRID, "top": 8, "bottom": 48},
            "xAxis": {"type": "category", "data": [f"{hour:02}" for hour in range(24)]},
            "yAxis": {
                "type": "category",
                "inverse": True,
                "data": [words.name(day, "weekday") for day in weekdays],
            },
            "visualMap": {
                "min": 0,
                "max": most,
                "orient": "horizontal",
                "left": "center",
                "bottom": 0,
                "itemHeight": 120,
                "itemWidth": 12,
            },
            "series": [
                {
                    "type": "heatmap",
                    "name": words(N_("Tickets received")),
                    "data": [
                        [hour.hour, hour.weekday - 1, hour.received] for hour in figures.by_hour
                    ],
                }
            ],
        },
    )


def _horizontal_bars(names: list[str], series: dict[str, list[int]]) -> Option:
    """Stacked bars from left to right: names have room."""
    return {
        "tooltip": TOOLTIP,
        **({"legend": {"top": 0}} if len(series) > 1 else {}),
        "grid": GRID if len(series) > 1 else {**GRID, "top": 8},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": names,
            "axisLabel": {"width": LABEL_WIDTH, "overflow": "truncate"},
        },
        "series": [
            {"type": "bar", "stack": "all", "name": name, "data": values}
            for name, values in series.items()
        ],
    }


def _narrow(**changes: Any) -> list[Option]:
    """What is different on a phone."""
    return [{"query": NARROW_SCREEN, "option": changes}]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * PERCENT, 1)


def _percent_axis() -> Option:
    return {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"},
            "splitLine": {"show": False}}  # fmt: skip
