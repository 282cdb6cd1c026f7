"""The charts of the report page: ECharts options as data, drawn by static/reports.js.

Options travel as JSON, so they hold no functions; colours depend on the theme of the page. They use
what ECharts' build "common" has: lines, bars, pies, legends and tooltips.
"""

from typing import Any

from msgspec import Struct

from service_desk.i18n.translate import N_
from service_desk.reports.documents.figure_tables import key_text
from service_desk.reports.documents.tables import Translator
from service_desk.reports.figures.schemas import DimensionCount, Figures

ChartOptions = dict[str, Any]
MAX_BARS = 12
PERCENT = 100
GRID = {"left": 24, "right": 16, "top": 40, "bottom": 8, "containLabel": True}
TOOLTIP = {"trigger": "axis", "confine": True, "renderMode": "richText"}
LABEL_WIDTH = 130
NARROW_SCREEN = {"maxWidth": 480}  # pixels: a phone


class Chart(Struct, frozen=True):
    """`summary`: for screen readers."""

    title: str
    summary: str
    option: ChartOptions


def charts_of(figures: Figures, translate: Translator) -> dict[str, Chart]:
    """By section of the page."""
    return {
        "days": days_chart(figures, translate),
        "clocks": clocks_chart(figures, translate),
        "categories": categories_chart(figures, translate),
        "suppliers": suppliers_chart(figures, translate),
        "channels": donut_chart(
            figures.by_channel, translate, translate(N_("Channels")), "channel"
        ),
        "causes": bar_chart(figures.by_cause, translate, translate(N_("Causes")), "cause"),
    }


def days_chart(figures: Figures, translate: Translator) -> Chart:
    title = translate(N_("Received and resolved by day"))
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
                    "name": translate(N_("Tickets received")),
                    "data": [day.received for day in figures.by_day],
                },
                {
                    "type": "line",
                    "name": translate(N_("Resolved")),
                    "data": [day.resolved for day in figures.by_day],
                    "symbolSize": 5,
                },
            ],
        },
    )


def clocks_chart(figures: Figures, translate: Translator) -> Chart:
    title = translate(N_("Attainment by clock"))
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
                "data": [translate.label(clock.clock, "clock") for clock in figures.clocks],
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
                    "name": translate(N_("Month before")),
                    "data": [_percent(before.get(clock.clock)) for clock in figures.clocks],
                },
            ],
        },
    )


def categories_chart(figures: Figures, translate: Translator) -> Chart:
    title = translate(N_("Categories, largest first, with cumulative share"))
    rows = figures.by_category[:MAX_BARS]
    names = [
        translate.localized(row.name_en, row.name_zh)
        if row.code
        else translate(N_("Not categorised"))
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
                    "name": translate(N_("Tickets received")),
                    "data": [row.received for row in rows],
                },
                {
                    "type": "line",
                    "name": translate(N_("Cumulative share (%)")),
                    "yAxisIndex": 1,
                    "data": [_percent(row.cumulative) for row in rows],
                },
            ],
        },
    )


def suppliers_chart(figures: Figures, translate: Translator) -> Chart:
    title = translate(N_("Offences by supplier"))
    rows = [row for row in figures.by_supplier if row.received][:MAX_BARS]
    return Chart(
        title,
        title,
        _horizontal_bars(
            [row.name for row in rows],
            {
                translate(N_("Offences")): [row.offences for row in rows],
                translate(N_("Other tickets")): [row.received - row.offences for row in rows],
            },
        ),
    )


def bar_chart(
    counts: list[DimensionCount], translate: Translator, title: str, group: str | None
) -> Chart:
    rows = counts[:MAX_BARS]
    return Chart(
        title,
        title,
        _horizontal_bars(
            [key_text(row.key, translate, group) for row in rows],
            {translate(N_("Tickets received")): [row.received for row in rows]},
        ),
    )


def donut_chart(
    counts: list[DimensionCount], translate: Translator, title: str, group: str | None
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
                    # The figures are in the legend: a phone has no room for labels.
                    "data": [
                        {
                            "name": f"{key_text(row.key, translate, group)}: {row.received}",
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


def _horizontal_bars(names: list[str], series: dict[str, list[int]]) -> ChartOptions:
    """Stacked horizontal bars: long names have room."""
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


def _narrow(**changes: Any) -> list[ChartOptions]:
    """Changes for a phone."""
    return [{"query": NARROW_SCREEN, "option": changes}]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * PERCENT, 1)


def _percent_axis() -> ChartOptions:
    return {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"},
            "splitLine": {"show": False}}  # fmt: skip
