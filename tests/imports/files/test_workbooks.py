import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from itertools import islice

import pytest
from openpyxl import Workbook

from service_desk.errors import InvalidInput
from service_desk.imports.files import workbooks
from service_desk.imports.files.mapping import ColumnMapping
from service_desk.imports.files.reading import FileRow, read_rows, readable
from tests.imports.source_files import HEADER, ROWS, csv_of, mapping, xlsx_of

SHEET = "xl/worksheets/sheet1.xml"


async def rows_of(content: bytes, rules: ColumnMapping | None = None) -> list[FileRow]:
    rules = rules or mapping()
    return list(read_rows(await readable(content, rules), rules))


async def test_a_workbook_reads_as_its_csv_would() -> None:
    rows = await rows_of(xlsx_of(ROWS))
    assert [row.values for row in rows] == [row.values for row in read_rows(csv_of(), mapping())]
    day = datetime(2015, 4, 8, 10, 22)  # noqa: DTZ001 - as in a workbook
    (typed,) = await rows_of(xlsx_of(((7, "x", day, 1.5, True),)))
    assert list(typed.values.values())[:5] == ["7", "x", "2015-04-08T10:22:00", "1.5", "TRUE"]


async def test_line_ends_and_separators_in_a_cell_are_text() -> None:
    text = "two\nlines\u2028three\x85four"
    (row,) = await rows_of(xlsx_of((("1", text),)))
    assert row.values["Text"] == text


async def test_a_sheet_by_name() -> None:
    book = Workbook()
    book.create_sheet("投诉").append(list(HEADER))
    book["投诉"].append(list(ROWS[0]))
    out = io.BytesIO()
    book.save(out)
    (row,) = await rows_of(out.getvalue(), mapping('sheet = "投诉"\n'))
    assert (row.line, row.values["Text"]) == (2, ROWS[0][1])
    with pytest.raises(InvalidInput, match="its sheets are Sheet, 投诉"):
        await rows_of(out.getvalue(), mapping('sheet = "Complaints"\n'))


async def test_what_a_sheet_says_of_its_size_hides_no_row() -> None:
    lying = changed(
        xlsx_of(ROWS), lambda xml: re.sub(b'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', xml)
    )
    assert [row.line for row in await rows_of(lying)] == [2, 3, 4]


async def test_rows_before_the_damage_are_read() -> None:
    whole = xlsx_of([(str(number), *ROWS[0][1:]) for number in range(3000)])
    rules = mapping()
    rows = read_rows(await readable(changed(whole, half), rules), rules)
    assert [row.line for row in islice(rows, 1000)] == list(range(2, 1002))
    with pytest.raises(InvalidInput, match=r"after line 1[0-9]{3}: the rows below it cannot"):
        list(rows)


async def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(InvalidInput, match="neither CSV nor an XLSX"):
        await rows_of(out.getvalue())
    with pytest.raises(InvalidInput, match="neither CSV nor an XLSX"):
        await rows_of(changed(xlsx_of(ROWS), half, "xl/workbook.xml"))
    with pytest.raises(InvalidInput) as refused:
        await rows_of(b"PK\x03\x04 is how a zip begins")
    assert "save it as XLSX or CSV" in str(refused.value)
    assert "zip" not in str(refused.value)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [("MAX_UNPACKED_BYTES", "unpacks to more than"), ("MAX_OUTPUT_BYTES", "of text. Split it")],
)
def test_what_grows_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, reason: str
) -> None:
    """In this process, where the limit can be low."""
    monkeypatch.setattr(workbooks, limit, 100)
    out = io.BytesIO()
    workbooks.write_rows(xlsx_of(ROWS), None, out)
    with pytest.raises(InvalidInput, match=reason):
        list(workbooks.workbook_lines(workbooks.MAGIC + out.getvalue()))


async def test_its_process_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would end by its limit of memory or processor time: killed, without a word."""
    monkeypatch.setattr(workbooks, "TIMEOUT_SECONDS", 0.001)
    with pytest.raises(InvalidInput, match="Save the sheet as CSV"):
        await rows_of(xlsx_of(ROWS))


def half(part: bytes) -> bytes:
    return part[: len(part) // 2]


def changed(workbook: bytes, change: Callable[[bytes], bytes], name: str = SHEET) -> bytes:
    """The workbook with one part changed, and packed as before."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as whole, zipfile.ZipFile(out, "w") as made:
        for part in whole.infolist():
            content = whole.read(part)
            made.writestr(part, change(content) if part.filename == name else content)
    return out.getvalue()
