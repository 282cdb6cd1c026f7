"""A month's report as a file: JSON, XLSX or CSV."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import asdict

from service_desk.reports.documents.csv_export import csv_chunks
from service_desk.reports.figures.months import Month
from service_desk.reports.figures.queries import clocks_of, read_report
from service_desk.reports.figures.schemas import Analysis, Figures, MonthlyReport, TicketRow
from service_desk.reports.figures.tickets import all_ticket_rows
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings

Format = Literal["json", "xlsx", "csv"]
"""Of the addresses of a month, and of the command."""
FileFormat = Literal["csv", "jsonl", "xlsx", "json"]
"""Of what is exported. `jsonl`: the tickets only, one a line."""
MEDIA_TYPES: dict[FileFormat, str] = {
    "jsonl": "application/jsonl",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


CountWritten = Callable[[int], Awaitable[None]]
PROGRESS_EVERY = 1_000  # tickets


async def _unseen(_: int) -> None:
    """Nobody follows the progress."""


class Export(msgspec.Struct, frozen=True):
    """A month, to be written in any format. `progress`: called with the tickets written so far."""

    month: Month
    figures: Figures
    analysis: Analysis
    locale: Locale
    progress: CountWritten = _unseen

    async def as_json(self) -> bytes:
        tickets = [ticket async for ticket in self.tickets()]
        report = MonthlyReport(**asdict(self.figures), analysis=self.analysis, tickets=tickets)
        return msgspec.json.encode(report)

    async def as_csv(self) -> AsyncIterator[str]:
        async for chunk in csv_chunks(self.tickets(), zone=get_settings().zone, locale=self.locale):
            yield chunk

    async def write_xlsx(self, path: Path) -> None:
        # XlsxWriter is a sixth of a program's start, and only this needs it.
        from service_desk.reports.documents.workbook import write_workbook

        await write_workbook(
            path,
            self.figures,
            self.analysis,
            self.tickets(),
            zone=get_settings().zone,
            locale=self.locale,
        )

    async def tickets(self) -> AsyncIterator[TicketRow]:
        """One row per ticket, as of the time of the figures."""
        as_of = self.figures.as_of
        clocks = await clocks_of(self.month, as_of)
        start, end = self.month.bounds(get_settings().zone)
        written = 0
        async for row in all_ticket_rows(start, end, as_of, clocks):
            yield row
            written += 1
            if written % PROGRESS_EVERY == 0:
                await self.progress(written)

    async def write(self, path: Path, format_: FileFormat) -> None:
        match format_:
            case "json":
                path.write_bytes(await self.as_json())
            case "xlsx":
                await self.write_xlsx(path)
            case "csv":
                with path.open("w", encoding="utf-8", newline="") as file:
                    async for chunk in self.as_csv():
                        file.write(chunk)
            case "jsonl":
                with path.open("wb") as file:
                    async for ticket in self.tickets():
                        file.write(msgspec.json.encode(ticket) + b"\n")


async def export_month(
    month: Month, *, locale: Locale, now: datetime, as_of: datetime | None = None
) -> Export:
    figures, analysis = await read_report(month, now, as_of)
    return Export(month, figures, analysis, locale)


def export_file_name(month: Month, format_: FileFormat) -> str:
    return f"complaints-{month}.{format_}"
