import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from openpyxl import Workbook, load_workbook

from service_desk.reports.documents.workbook import write_workbook
from service_desk.reports.exports import export_month
from service_desk.reports.figures.schemas import (
    Analysis,
    Countermeasure,
    Countermeasures,
    TicketRow,
)
from service_desk.rules.words.languages import Locale
from tests.factories import empty_desk, make_staff, make_ticket, resolve
from tests.profiles import in_depth
from tests.reports.october import NOVEMBER_2ND, OCTOBER, october, on

HOSTILE = ('=HYPERLINK("http://evil","x")', "+1+1", "-2", "@SUM(A1)", "http://evil.example", "'=1")


async def workbook(path: Path, locale: Locale = "en") -> Workbook:
    export = await export_month(OCTOBER, locale=locale, now=NOVEMBER_2ND)
    await export.write_xlsx(path)
    return load_workbook(path)


def column(sheet: Any, heading: str) -> list[Any]:
    headings = [cell.value for cell in sheet[1]]
    index = headings.index(heading)
    return [row[index].value for row in sheet.iter_rows(min_row=2)]


Books = dict[Locale, tuple[Path, Workbook]]


@pytest.fixture(scope="module")
async def books(database: str, tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The workbook of October in both languages: its file, and as it is read."""
    await empty_desk()
    await october()
    folder = tmp_path_factory.mktemp("october")
    paths: dict[Locale, Path] = {"en": folder / "en.xlsx", "zh": folder / "zh.xlsx"}
    return {locale: (path, await workbook(path, locale)) for locale, path in paths.items()}


def test_figures_are_numbers_in_their_own_sheets(books: Books) -> None:
    _, book = books["en"]
    assert book.sheetnames[:5] == ["Cover", "Summary", "Clocks", "Categories", "Suppliers"]
    assert book.sheetnames[-2:] == ["Countermeasures", "Tickets"]
    summary = {row[0]: row[1] for row in book["Summary"].iter_rows(min_row=2, values_only=True)}
    assert summary["Tickets received"] == 4
    assert summary["Reopen rate"] == 0.5
    assert column(book["Clocks"], "Attainment")[0] == 0.5
    assert book["Clocks"]["H2"].number_format == "[h]:mm:ss"
    assert column(book["Categories"], "Cumulative share")[-1] == 1
    tickets = book["Tickets"]
    assert tickets.max_row == 1 + 4
    assert column(tickets, "Received")[0] == datetime(2026, 10, 1, 0, 30)  # noqa: DTZ001 - as in Excel


def test_the_cover_names_the_as_of_time_and_the_policies(books: Books) -> None:
    _, book = books["en"]
    cover = {
        row[0]: row[1] for row in book["Cover"].iter_rows(min_row=3, values_only=True) if row[0]
    }
    assert cover["As of"] == datetime(2026, 11, 2, 12, 0)  # noqa: DTZ001 - as in Excel
    assert cover["Time zone"] == "Asia/Shanghai"
    assert cover["SLA policies and their tickets"] == "standard v1: 4"
    for exception in ("names of customers", "region", "rating replaced", "supplier action"):
        assert exception in str(cover["How to read this"])


def test_breakdowns_name_their_resolved_column_by_what_it_is_of(books: Books) -> None:
    expected: dict[Locale, tuple[tuple[str, ...], str]] = {
        "en": (("Suppliers", "Channels", "Agents"), "Of which resolved"),
        "zh": (("供应商", "渠道"), "其中已解决"),
    }
    for locale, (sheets, heading) in expected.items():
        _, book = books[locale]
        for sheet in sheets:
            headings = [cell.value for cell in book[sheet][1]]
            assert heading in headings
            assert not {"Resolved", "已解决"} & set(headings)


def test_charts_are_native(books: Books) -> None:
    path, _ = books["en"]
    with zipfile.ZipFile(path) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        pareto = next(
            text
            for name in charts
            if "Categories" in (text := archive.read(name).decode()) and "lineChart" in text
        )
    assert len(charts) >= 10
    assert "barChart" in pareto
    assert "'Categories'!$D$2:$D$4" in pareto.replace("Categories!", "'Categories'!")


async def test_text_of_customers_stays_text(desk: str, tmp_path: Path) -> None:
    agent = await make_staff()
    for n, text in enumerate(HOSTILE):
        opened = await make_ticket(
            text, phone=f"+8613800138{n:03}", at=on(3, 9, n), product=text, supplier=text
        )
        await resolve(opened.number, text, staff_id=agent, now=on(4))
    book = await workbook(tmp_path / "r.xlsx")
    sheet = book["Tickets"]
    assert column(sheet, "Subject") == list(HOSTILE)
    assert set(column(book["Suppliers"], "Supplier")) == set(HOSTILE)
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_in_chinese(books: Books) -> None:
    _, book = books["zh"]
    assert book.sheetnames[:4] == ["封面", "概览", "时限达标", "分类"]
    assert "异响抖动" in column(book["分类"], "分类")
    assert all(name.isascii() is False for name in book.sheetnames)


@pytest.mark.nightly
async def test_tickets_are_written_as_a_stream(desk: str, tmp_path: Path) -> None:
    """No row is kept in memory."""
    count = in_depth(3_000, 300)
    await october()
    export = await export_month(OCTOBER, locale="en", now=NOVEMBER_2ND)
    (row, *_) = [row async for row in export.tickets()]

    async def many() -> AsyncIterator[TicketRow]:
        for n in range(count):
            yield replace(row, number=str(n))

    path = tmp_path / "r.xlsx"
    await write_workbook(
        path, export.figures, _with_countermeasures(), many(), zone=ZoneInfo("UTC"), locale="en"
    )
    book = load_workbook(path, read_only=True)
    assert sum(1 for _ in book["Tickets"].iter_rows()) == count + 1
    book.close()


def _with_countermeasures() -> Analysis:
    planned = [Countermeasure("=1+1", "Ann")]
    return Analysis(
        "signed",
        Countermeasures(planned),
        signed_at=datetime(2026, 11, 2, tzinfo=UTC),
        signed_by="Sue",
    )
