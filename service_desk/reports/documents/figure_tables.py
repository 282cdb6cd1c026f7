"""Every block of figures as a table in the reader's language."""

from collections.abc import Sequence

from service_desk.i18n.translate import N_
from service_desk.reports.documents.tables import (
    NOT_STATED,
    Cell,
    CellKind,
    ReportColumn,
    ReportTable,
    Translator,
    TypedCell,
)
from service_desk.reports.figures.schemas import (
    ClockFigures,
    Countermeasure,
    Countermeasures,
    DimensionCount,
    Figures,
    RungRow,
    SupplierRow,
    Totals,
)
from service_desk.rules.calendars.business_calendar import WEEKDAYS
from service_desk.rules.figures.monthly_figures import relative_change

ALL_OTHERS = N_("All others")

TOTALS: tuple[tuple[str, str, CellKind], ...] = (
    ("received", N_("Tickets received"), "number"),
    ("resolved", N_("Resolved"), "number"),
    ("open_at_end", N_("Open at month end"), "number"),
    ("undated", N_("Resolved, date unknown (imported)"), "number"),
    ("reopened", N_("Reopened"), "number"),
    ("reopen_rate", N_("Reopen rate"), "share"),
    ("customers", N_("Customers"), "number"),
    ("repeat_customers", N_("Repeat customers"), "number"),
    ("ratings", N_("Ratings"), "number"),
    ("low_ratings", N_("Ratings of 1 or 2"), "number"),
    ("rating", N_("Average rating"), "score"),
)
DIMENSIONS: tuple[tuple[str, str, str | None], ...] = (
    # figure, title, group of names
    ("by_channel", N_("Channels"), "channel"),
    ("by_cause", N_("Causes"), "cause"),
    ("by_kind", N_("Kinds"), "kind"),
    ("by_severity", N_("Severities"), "severity"),
    ("by_tier", N_("Tiers"), None),
    ("by_product", N_("Products"), None),
    ("by_region", N_("Regions"), None),
    ("by_agent", N_("Agents"), None),
)


def figure_tables(figures: Figures, translate: Translator) -> list[ReportTable]:
    """The tables in the order of the page."""
    return [
        summary_table(figures, translate),
        clocks_table(figures, translate),
        categories_table(figures, translate),
        suppliers_table(figures, translate),
        *(
            dimension_table(name, getattr(figures, name), translate, title, group)
            for name, title, group in DIMENSIONS
        ),
        days_table(figures, translate),
        hours_table(figures, translate),
    ]


def summary_table(figures: Figures, translate: Translator) -> ReportTable:
    columns = [
        ReportColumn(translate(N_("Figure")), width=34),
        ReportColumn(figures.month, "number"),
        ReportColumn(translate(N_("Month before")), "number"),
        ReportColumn(translate(N_("Change")), "share"),
        ReportColumn(translate(N_("Same month last year")), "number", 22),
        ReportColumn(translate(N_("Change")), "share"),
    ]
    months: tuple[Totals, ...] = (figures.totals, figures.month_before, figures.year_before)
    rows: list[Sequence[Cell]] = []
    for name, text, kind in TOTALS:
        now, before, year_before = (getattr(month, name) for month in months)
        rows.append(
            (
                translate(text),
                TypedCell(now, kind),
                TypedCell(before, kind),
                relative_change(now, before),
                TypedCell(year_before, kind),
                relative_change(now, year_before),
            )
        )
    return ReportTable("summary", translate(N_("Summary")), columns, rows)


def clocks_table(figures: Figures, translate: Translator) -> ReportTable:
    before = {clock.clock: clock for clock in figures.clocks_month_before}
    year_before = {clock.clock: clock for clock in figures.clocks_year_before}
    columns = [
        ReportColumn(translate(N_("Clock")), width=16),
        ReportColumn(translate(N_("Attainment")), "share"),
        ReportColumn(translate(N_("Month before")), "share"),
        ReportColumn(translate(N_("Same month last year")), "share", 22),
        ReportColumn(translate(N_("Judged")), "number"),
        ReportColumn(translate(N_("In time")), "number"),
        ReportColumn(translate(N_("Breached")), "number"),
        ReportColumn(translate(N_("Median")), "duration"),
        ReportColumn(translate(N_("90th percentile")), "duration", 16),
        ReportColumn(translate(N_("Started")), "number"),
        ReportColumn(translate(N_("Due time set manually")), "number"),
    ]
    rows = [
        (
            translate.label(clock.clock, "clock"),
            clock.attainment,
            _attainment(before.get(clock.clock)),
            _attainment(year_before.get(clock.clock)),
            clock.judged,
            clock.in_time,
            clock.breached,
            clock.median_seconds,
            clock.p90_seconds,
            clock.started,
            clock.due_set_manually,
        )
        for clock in figures.clocks
    ]
    return ReportTable(
        "clocks", translate(N_("Clocks")), columns, rows, "columns", (1, 2), len(rows)
    )


def _attainment(clock: ClockFigures | None) -> float | None:
    return None if clock is None else clock.attainment


def categories_table(figures: Figures, translate: Translator) -> ReportTable:
    columns = [
        ReportColumn(translate(N_("Category")), width=30),
        ReportColumn(translate(N_("Tickets received")), "number"),
        ReportColumn(translate(N_("Share")), "share"),
        ReportColumn(translate(N_("Cumulative share")), "share", 18),
        ReportColumn(translate(N_("Code")), width=24),
    ]
    rows = [
        (
            translate.localized(row.name_en, row.name_zh)
            if row.code
            else translate(N_("Not categorised")),
            row.received,
            row.share,
            row.cumulative,
            row.code,
        )
        for row in figures.by_category
    ]
    return ReportTable(
        "categories",
        translate(N_("Categories")),
        columns,
        rows,
        "pareto",
        (1, 3),
        min(len(rows), 15),
    )


def suppliers_table(figures: Figures, translate: Translator) -> ReportTable:
    columns = [
        ReportColumn(translate(N_("Supplier")), width=30),
        ReportColumn(translate(N_("Offences")), "number"),
        ReportColumn(translate(N_("Tickets received")), "number"),
        ReportColumn(translate(N_("Of which resolved")), "number", 18),
        ReportColumn(translate(N_("Rung")), width=60),
    ]
    rows = [
        (row.name, row.offences, row.received, row.resolved, rungs_text(row, translate))
        for row in figures.by_supplier
    ]
    return ReportTable(
        "suppliers", translate(N_("Suppliers")), columns, rows, "bars", (1, 2), min(len(rows), 12)
    )


def rungs_text(row: SupplierRow, translate: Translator) -> str:
    return "; ".join(rung_text(rung, translate) for rung in row.rungs)


def rung_text(rung: RungRow, translate: Translator) -> str:
    """ "Verbal warning (Noise and vibration): proposed" """
    about = translate.localized(rung.category_en, rung.category_zh) if rung.category_en else ""
    name, state = translate.label(rung.rung, "rung"), translate.label(rung.state, "action_state")
    return f"{name} ({about}): {state}" if about else f"{name}: {state}"


def dimension_table(
    name: str, found: Sequence[DimensionCount], translate: Translator, title: str, group: str | None
) -> ReportTable:
    """One dimension; `name` is its field in `Figures`."""
    columns = [
        ReportColumn(translate(title), width=26),
        ReportColumn(translate(N_("Tickets received")), "number"),
        ReportColumn(translate(N_("Of which resolved")), "number", 18),
    ]
    rows = [(key_text(row.key, translate, group), row.received, row.resolved) for row in found]
    return ReportTable(name, translate(title), columns, rows, "bars", (1,), min(len(rows), 12))


def key_text(key: str, translate: Translator, group: str | None) -> str:
    if key == "…":
        return translate(ALL_OTHERS)
    return translate.label(key, group) if group else key or translate(NOT_STATED)


def days_table(figures: Figures, translate: Translator) -> ReportTable:
    columns = [
        ReportColumn(translate(N_("Day")), "date"),
        ReportColumn(translate(N_("Tickets received")), "number"),
        ReportColumn(translate(N_("Resolved")), "number"),
    ]
    rows = [(day.day, day.received, day.resolved) for day in figures.by_day]
    return ReportTable("days", translate(N_("Days")), columns, rows, "line", (1, 2), len(rows))


def hours_table(figures: Figures, translate: Translator) -> ReportTable:
    found = {(hour.weekday, hour.hour): hour.received for hour in figures.by_hour}
    columns = [ReportColumn(translate(N_("Hour"))), *(
        ReportColumn(translate.label(day, "weekday"), "number", 11) for day in WEEKDAYS
    )]  # fmt: skip
    rows = [
        (f"{hour:02}:00", *(found.get((day, hour), 0) for day in range(1, 8))) for hour in range(24)
    ]
    return ReportTable("hours", translate(N_("Hours")), columns, rows)


def countermeasures_table(countermeasures: Countermeasures, translate: Translator) -> ReportTable:
    columns = [
        ReportColumn(translate(N_("Countermeasure")), width=60),
        ReportColumn(translate(N_("Who")), width=20),
        ReportColumn(translate(N_("By when")), "date"),
        ReportColumn(translate(N_("Follow-up")), width=60),
        ReportColumn(translate(N_("Planned in"))),
    ]
    last, this = translate(N_("Month before")), translate(N_("This month"))
    rows = [
        *(
            _countermeasure_row(countermeasure, last)
            for countermeasure in countermeasures.followed_up
        ),
        *(_countermeasure_row(countermeasure, this) for countermeasure in countermeasures.planned),
    ]
    return ReportTable("countermeasures", translate(N_("Countermeasures")), columns, rows)


def _countermeasure_row(countermeasure: Countermeasure, planned_in: str) -> Sequence[Cell]:
    return (
        countermeasure.what,
        countermeasure.who,
        countermeasure.by,
        countermeasure.outcome,
        planned_in,
    )
