"""The analysis as an XLSX workbook with native charts.

Written row by row in constant memory. Text is always written as text, so that a customer's text
never becomes a formula or a link.
"""

import asyncio
from collections.abc import AsyncIterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from service_desk.i18n.translate import N_
from service_desk.reports.documents.figure_tables import countermeasures_table, figure_tables
from service_desk.reports.documents.tables import (
    Cell,
    CellKind,
    ReportColumn,
    ReportTable,
    Translator,
    TypedCell,
)
from service_desk.reports.documents.ticket_table import ticket_cells, ticket_columns
from service_desk.reports.figures.schemas import Analysis, Figures, TicketRow
from service_desk.rules.words.languages import Locale

DAY = 86400
MAX_CELL_LENGTH = 32_767  # characters, Excel's limit
NUMBER_FORMATS: dict[CellKind, str] = {
    "text": "@",
    "number": "#,##0",
    "share": "0.0%",
    "duration": "[h]:mm:ss",
    "time": "yyyy-mm-dd hh:mm",
    "date": "yyyy-mm-dd",
    "score": "0.00",
}
COLOURS = ("#1D5FA8", "#E0952B", "#1C6B3C")
CHART_SIZE = {"width": 860, "height": 400}


async def write_workbook(
    path: Path,
    figures: Figures,
    analysis: Analysis,
    tickets: AsyncIterable[TicketRow],
    *,
    zone: ZoneInfo,
    locale: Locale,
) -> None:
    """Write the workbook to `path`: a cover, a sheet for each table, and one row per ticket."""
    translate = Translator(locale)
    book = _Book(path, zone, figures.as_of)
    try:
        book.cover(figures, analysis, translate)
        for table in (
            *figure_tables(figures, translate),
            countermeasures_table(analysis.countermeasures, translate),
        ):
            book.add(table)
        columns = ticket_columns(translate)
        sheet = book.begin(ReportTable("tickets", translate(N_("Tickets")), columns, ()))
        row = 1
        async for ticket in tickets:
            book.write_row(sheet, row, columns, ticket_cells(ticket, translate))
            row += 1
        sheet.autofilter(0, 0, max(row - 1, 1), len(columns) - 1)
    finally:
        await asyncio.to_thread(book.close)  # compresses it all


class _Book:
    def __init__(self, path: Path, zone: ZoneInfo, as_of: datetime) -> None:
        self.zone = zone
        self.book: Any = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.book.set_properties({"created": as_of.astimezone(UTC)})  # the same in every run
        self.formats = {
            kind: self.book.add_format({"num_format": f}) for kind, f in NUMBER_FORMATS.items()
        }
        self.heading = self.book.add_format(
            {"bold": True, "bg_color": "#E3EEFA", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.title = self.book.add_format({"bold": True, "font_size": 18})
        self.label = self.book.add_format({"bold": True})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})

    def close(self) -> None:
        self.book.close()

    def cover(self, figures: Figures, analysis: Analysis, translate: Translator) -> None:
        sheet = self.book.add_worksheet(translate(N_("Cover")))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 80)
        sheet.write_string(
            0, 0, f"{translate(N_('Complaint analysis'))} {figures.month}", self.title
        )
        for row, (label, value) in enumerate(_cover_lines(figures, analysis, translate), start=2):
            sheet.write_string(row, 0, label, self.label)
            if isinstance(value, datetime):
                sheet.write_datetime(row, 1, self._naive(value), self.formats["time"])
            else:
                sheet.write_string(row, 1, value, self.wrapped)

    def begin(self, table: ReportTable) -> Any:
        sheet = self.book.add_worksheet(table.title[:31])
        sheet.freeze_panes(1, 1)
        for index, column in enumerate(table.columns):
            sheet.set_column(index, index, column.width)
            sheet.write_string(0, index, column.heading, self.heading)
        return sheet

    def add(self, table: ReportTable) -> None:
        sheet = self.begin(table)
        for row, cells in enumerate(table.rows, start=1):
            self.write_row(sheet, row, table.columns, cells)
        if table.chart is not None and table.chart_rows:
            beside = len(table.columns) + 1
            sheet.insert_chart(1, beside, self._chart(table), {"object_position": 3})

    def write_row(
        self, sheet: Any, row: int, columns: Sequence[ReportColumn], cells: Sequence[Cell]
    ) -> None:
        for index, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            kind, value = (
                (cell.kind, cell.value) if isinstance(cell, TypedCell) else (column.kind, cell)
            )
            form = self.formats[kind]
            match value:
                case None:
                    pass
                case datetime():
                    sheet.write_datetime(row, index, self._naive(value), form)
                case date():
                    sheet.write_datetime(row, index, value, form)
                case int() | float():
                    shown = value / DAY if kind == "duration" else value
                    sheet.write_number(row, index, shown, form)
                case _:
                    sheet.write_string(row, index, str(value)[:MAX_CELL_LENGTH])

    def _naive(self, at: datetime) -> datetime:
        """In the desk's time zone, which is on the cover: Excel has no time zones."""
        return at.astimezone(self.zone).replace(tzinfo=None)

    def _chart(self, table: ReportTable) -> Any:
        kind = {"pareto": "column", "columns": "column", "bars": "bar", "line": "line"}
        chart = self.book.add_chart({"type": kind[table.chart or "columns"]})
        for series, column in enumerate(table.chart_columns):
            if table.chart == "pareto" and series == 1:
                continue
            chart.add_series(self._series(table, column, series))
        if table.chart == "pareto":
            line = self.book.add_chart({"type": "line"})
            line.add_series(
                self._series(table, table.chart_columns[1], 1)
                | {"y2_axis": True, "marker": {"type": "circle", "size": 5}}
            )
            chart.combine(line)
            line.set_y2_axis({"min": 0, "max": 1, "num_format": "0%"})
        if table.chart == "bars":
            chart.set_y_axis({"reverse": True})  # the first row on top
            chart.set_x_axis({"num_format": "#,##0", "major_gridlines": {"visible": True}})
        if table.columns[table.chart_columns[0]].kind == "share":
            chart.set_y_axis({"min": 0, "max": 1, "num_format": "0%"})
        chart.set_title({"name": table.title})
        chart.set_legend(
            {"none": True} if len(table.chart_columns) == 1 else {"position": "bottom"}
        )
        chart.set_size(CHART_SIZE)
        return chart

    def _series(self, table: ReportTable, column: int, number: int) -> dict[str, Any]:
        name = table.title[:31]
        last = table.chart_rows
        colour = COLOURS[number % len(COLOURS)]
        return {
            "name": [name, 0, column],
            "categories": [name, 1, 0, last, 0],
            "values": [name, 1, column, last, column],
            "fill": {"color": colour},
            "line": {"color": colour},
        }


def _cover_lines(
    figures: Figures, analysis: Analysis, translate: Translator
) -> list[tuple[str, str | datetime]]:
    policies = [
        f"{used.policy} v{used.version}"
        + (f" ({used.calendar} v{used.calendar_version})" if used.calendar else "")
        + f": {used.tickets}"
        for used in figures.policies
    ]
    return [
        (translate(N_("As of")), figures.as_of),
        (translate(N_("Time zone")), figures.timezone),
        (translate(N_("State")), translate.label(analysis.state, "analysis_state")),
        *([(translate(N_("Signed")), analysis.signed_at)] if analysis.signed_at else []),
        *([(translate(N_("Signed by")), analysis.signed_by)] if analysis.signed_by else []),
        (translate(N_("SLA policies and their tickets")), "\n".join(policies) or "–"),
        (
            translate(N_("How to read this")),
            translate(
                N_(
                    "Tickets count in the month in which they reached us. Attainment: the share "
                    "of clocks met in time, of those met or overdue at the as-of time. Median and "
                    "90th percentile: working time of the clocks that were met. A report made "
                    "again as of the same time has the same figures, except for values without a "
                    "history, which are shown as they are now: names of customers, staff, "
                    "suppliers and categories; a customer's region; product and serial number; a "
                    "rating replaced by a later one. A supplier action that was withdrawn for a "
                    "while is shown as proposed."
                )
            ),
        ),
    ]
