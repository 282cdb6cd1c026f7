"""The month's tickets as CSV, for spreadsheets: UTF-8 with BOM, one row per ticket."""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

from service_desk.reports.documents.tables import Cell, Words
from service_desk.reports.documents.ticket_table import SECONDS_USED, ticket_cells, ticket_columns
from service_desk.reports.figures.schemas import TicketRow

BOM = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
ROWS_A_PIECE = 500


async def csv_pieces(
    tickets: AsyncIterable[TicketRow], *, zone: ZoneInfo, locale: str
) -> AsyncIterator[str]:
    """The file, piece by piece. Durations are in seconds, times in the desk's zone with offset."""
    words = Words(locale)
    piece = io.StringIO()
    writer = csv.writer(piece)
    piece.write(BOM)
    writer.writerow([column.heading for column in ticket_columns(words, SECONDS_USED)])
    rows = 0
    async for ticket in tickets:
        writer.writerow([_text(cell, zone) for cell in ticket_cells(ticket, words)])
        rows += 1
        if rows % ROWS_A_PIECE == 0:
            yield _taken(piece)
    yield _taken(piece)


def _taken(piece: io.StringIO) -> str:
    text = piece.getvalue()
    piece.seek(0)
    piece.truncate()
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
            return harmless(str(cell))


def harmless(text: str) -> str:
    """Spreadsheets take text that begins like this for a formula; the apostrophe says it is none
    (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
