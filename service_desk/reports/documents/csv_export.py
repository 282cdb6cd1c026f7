"""The month's tickets as CSV, for spreadsheets: UTF-8 with BOM, one row per ticket."""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

from service_desk.reports.documents.tables import Cell, Translator
from service_desk.reports.documents.ticket_table import SECONDS_USED, ticket_cells, ticket_columns
from service_desk.reports.figures.schemas import TicketRow
from service_desk.rules.words.languages import Locale

BOM = "\ufeff"
# Spreadsheets of East Asia read the full-width ones alike.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ROWS_PER_CHUNK = 500


async def csv_chunks(
    tickets: AsyncIterable[TicketRow], *, zone: ZoneInfo, locale: Locale
) -> AsyncIterator[str]:
    """The file in chunks. Durations are in seconds; times have the offset of the desk's zone."""
    translate = Translator(locale)
    chunk = io.StringIO()
    writer = csv.writer(chunk)
    chunk.write(BOM)
    writer.writerow([column.heading for column in ticket_columns(translate, SECONDS_USED)])
    rows = 0
    async for ticket in tickets:
        writer.writerow([_text(cell, zone) for cell in ticket_cells(ticket, translate)])
        rows += 1
        if rows % ROWS_PER_CHUNK == 0:
            yield _flush(chunk)
    yield _flush(chunk)


def _flush(chunk: io.StringIO) -> str:
    text = chunk.getvalue()
    chunk.seek(0)
    chunk.truncate()
    return text


def _text(cell: Cell, zone: ZoneInfo) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.astimezone(zone).isoformat(timespec="seconds")
        case int() | float():
            return str(cell)
        case _:
            return escape_formula(str(cell))


def escape_formula(text: str) -> str:
    """An apostrophe keeps spreadsheets from running text as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
