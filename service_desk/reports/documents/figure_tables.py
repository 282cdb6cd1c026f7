"""Every block of figures as a table in the reader's language."""

from collections.abc import Sequence

from service_desk.i18n.translate import N_
from service_desk.reports.documents.tables import (
    NOT_STATED,
    Cell,
    CellKind,
    Column,
    Table,
    Translator,
    TypedCell,
)
from service_desk.reports.figures.schemas import (
    ClockFigures,
    Countermeasure,
    Countermeasures,
    DimensionCount,
    Figures,
    Rung,
    SupplierRow,
    Totals,
)
from service_desk.rules.figures.monthly_figures import relative_change

ALL_OTHERS = N_("All others")

TOTALS: tuple[tuple[str, str, CellKind], ...] = (
    ("received", N_("Tickets received"), "number"),
    ("resolved", N_("Resolved"), "number"),
    ("open_at_end", N_("Open at month end"), "number"),
    ("undated", N_("Resolved, day not known (imported)"), "number"),
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


def figure_tables(figures: Figures, words: Translator) -> list[Table]:
    """Every block of figures, in the order of the page."""
    return [
        summary_table(figures, words),
        clocks_table(figures, words),
        categories_table(figures, words),
        suppliers_table(figures, words),
        *(
            dimension_table(name, getattr(figures, name), words, title, group)
            for name, title, group in DIMENSIONS
        ),
        days_table(figures, words),
        hours_table(figures, words),
    ]


def summary_table(figures: Figures, words: Translator) -> Table:
    columns = [
        Column(words(N_("Figure")), width=34),
        Column(figures.month, "number"),
        Column(words(N_("Month before")), "number"),
        Column(words(N_("Change")), "share"),
        Column(words(N_("Same month last year")), "number", 22),
        Column(words(N_("Change")), "share"),
    ]
    months: tuple[Totals, ...] = (figures.totals, figures.month_before, figures.year_before)
    rows: list[Sequence[Cell]] = []
    for name, text, kind in TOTALS:
        now, before, year_before = (getattr(month, name) for month in months)
        rows.append(
            (
                words(text),
                TypedCell(now, kind),
                TypedCell(before, kind),
                relative_change(now, before),
                TypedCell(year_before, kind),
                relative_change(now, year_before),
            )
        )
    return Table("summary", words(N_("Summary")), columns, rows)


def clocks_table(figures: Figures, words: Translator) -> Table:
    before = {clock.clock: clock for clock in figures.clocks_month_before}
    year_before = {clock.clock: clock for clock in figures.clocks_year_before}
    columns = [
        Column(words(N_("Clock")), width=16),
        Column(words(N_("Attainment")), "share"),
        Column(words(N_("Month before")), "share"),
        Column(words(N_("Same month last year")), "share", 22),
        Column(words(N_("Judged")), "number"),
        Column(words(N_("In time")), "number"),
        Column(words(N_("Breached")), "number"),
        Column(words(N_("Median")), "duration"),
        Column(words(N_("90th percentile")), "duration", 16),
        Column(words(N_("Started")), "number"),
        Column(words(N_("Due by hand")), "number"),
    ]
    rows = [
        (
            words.name(clock.clock, "clock"),
            clock.attainment,
            _attainment(before.get(clock.clock)),
            _attainment(year_before.get(clock.clock)),
            clock.judged,
            clock.in_time,
            clock.breached,
            clock.median_seconds,
            clock.p90_seconds,
            clock.started,
            clock.by_hand,
        )
        for clock in figures.clocks
    ]
    return Table("clocks", words(N_("Clocks")), columns, rows, "columns", (1, 2), len(rows))


def _attainment(clock: ClockFigures | None) -> float | None:
    return None if clock is None else clock.attainment


def categories_table(figures: Figures, words: Translator) -> Table:
    columns = [
        Column(words(N_("Category")), width=30),
        Column(words(N_("Tickets received")), "number"),
        Column(words(N_("Share")), "share"),
        Column(words(N_("Cumulative share")), "share", 18),
        Column(words(N_("Code")), width=24),
    ]
    rows = [
        (
            words.own(row.name_en, row.name_zh) if row.code else words(N_("Not categorised")),
            row.received,
            row.share,
            row.cumulative,
            row.code,
        )
        for row in figures.by_category
    ]
    return Table(
        "categories", words(N_("Categories")), columns, rows, "pareto", (1, 3), min(len(rows), 15)
    )


def suppliers_table(figures: Figures, words: Translator) -> Table:
    columns = [
        Column(words(N_("Supplier")), width=30),
        Column(words(N_("Offences")), "number"),
        Column(words(N_("Tickets received")), "number"),
        Column(words(N_("Of these resolved")), "number", 18),
        Column(words(N_("Rung")), width=60),
    ]
    rows = [
        (row.name, row.offences, row.received, row.resolved, rungs_text(row, words))
        for row in figures.by_supplier
    ]
    return Table(
        "suppliers", words(N_("Suppliers")), columns, rows, "bars", (1, 2), min(len(rows), 12)
    )


def rungs_text(row: SupplierRow, words: Translator) -> str:
    return "; ".join(rung_text(rung, words) for rung in row.rungs)


def rung_text(rung: Rung, words: Translator) -> str:
    """ "Verbal warning (Noise and vibration): proposed" """
    about = words.own(rung.category_en, rung.category_zh) if rung.category_en else ""
    name, state = words.name(rung.rung, "rung"), words.name(rung.state, "action_state")
    return f"{name} ({about}): {state}" if about else f"{name}: {state}"


def dimension_table(
    name: str, found: Sequence[DimensionCount], words: Translator, title: str, group: str | None
) -> Table:
    """One dimension; `name` is its field in `Figures`."""
    columns = [
        Column(words(title), width=26),
        Column(words(N_("Tickets received")), "number"),
        Column(words(N_("Of these resolved")), "number", 18),
    ]
    rows = [(key_text(row.key, words, group), row.received, row.resolved) for row in found]
    return Table(name, words(title), columns, rows, "bars", (1,), min(len(rows), 12))


def key_text(key: str, words: Translator, group: str | None) -> str:
    if key == "…":
        return words(ALL_OTHERS)
    return words.name(key, group) if group else key or words(NOT_STATED)


def days_table(figures: Figures, words: Translator) -> Table:
    columns = [
        Column(words(N_("Day")), "date"),
        Column(words(N_("Tickets received")), "number"),
        Column(words(N_("Resolved")), "number"),
    ]
    rows = [(day.day, day.received, day.resolved) for day in figures.by_day]
    return Table("days", words(N_("Days")), columns, rows, "line", (1, 2), len(rows))


def hours_table(figures: Figures, words: Translator) -> Table:
    found = {(hour.weekday, hour.hour): hour.received for hour in figures.by_hour}
    weekdays = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    columns = [Column(words(N_("Hour"))), *(
        Column(words.name(day, "weekday"), "number", 11) for day in weekdays
    )]  # fmt: skip
    rows = [
        (f"{hour:02}:00", *(found.get((day, hour), 0) for day in range(1, 8))) for hour in range(24)
    ]
    return Table("hours", words(N_("Hours")), columns, rows)


def countermeasures_table(measures: Countermeasures, words: Translator) -> Table:
    columns = [
        Column(words(N_("Countermeasure")), width=60),
        Column(words(N_("Who")), width=20),
        Column(words(N_("By when")), "date"),
        Column(words(N_("What became of it")), width=60),
        Column(words(N_("Planned in"))),
    ]
    last, this = words(N_("Month before")), words(N_("This month"))
    rows = [
        *(_measure_row(measure, last) for measure in measures.followed_up),
        *(_measure_row(measure, this) for measure in measures.planned),
    ]
    return Table("countermeasures", words(N_("Countermeasures")), columns, rows)


def _measure_row(measure: Countermeasure, planned_in: str) -> Sequence[Cell]:
    return measure.what, measure.who, measure.by, measure.outcome, planned_in
