import io
import zipfile
from datetime import datetime

import pytest

from service_desk.errors import InvalidInput
from service_desk.imports.files import reading
from service_desk.imports.files.reading import read_rows
from tests.imports.source_files import HEADER, ROWS, csv_of, mapping, xlsx_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_encoding(encoding: str) -> None:
    rows = list(read_rows(csv_of(encoding=encoding), mapping()))
    assert [row.values["Text"] for row in rows] == [row[1] for row in ROWS]
    assert [row.line for row in rows] == [2, 3, 4]


def test_an_encoding_in_the_mapping_is_used() -> None:
    content = csv_of((("1", "Café", "2015-04-08", "1:00:00 AM", "Net", "Open"),), encoding="cp1252")
    (row,) = read_rows(content, mapping('encoding = "windows-1252"\n'))
    assert row.values["Text"] == "Café"


def test_only_the_row_that_cannot_be_decoded_is_rejected() -> None:
    content = csv_of().replace(b"Overcharged", b"Over\xffcharged")
    rows = list(read_rows(content, mapping('encoding = "utf-8"\n')))
    assert [row.problem for row in rows] == [None, "is not valid in the encoding of the file", None]


def test_line_numbers_count_line_breaks_in_cells() -> None:
    content = b'Id,Text,Day,Time,Via,Status\n1,"two\nlines",,,,\n\n,,,,,\n2,b,,,,\n'
    assert [(row.line, row.values["Id"]) for row in read_rows(content, mapping())] == [
        (2, "1"),
        (6, "2"),
    ]


def test_values_are_stripped_of_spaces_and_nuls() -> None:
    (row,) = read_rows(b"Id,Text,Day,Time,Via,Status\n 1 ,a\0b\t,,,,", mapping())
    assert (row.values["Id"], row.values["Text"]) == ("1", "ab")


def test_a_row_with_too_many_cells_is_rejected_a_short_one_accepted() -> None:
    content = csv_of(((*ROWS[0], "too", "many"), ROWS[1][:3]))
    long, short = read_rows(content, mapping())
    assert long.problem == "has 8 cells, but the header has 6"
    assert short.problem is None
    assert short.values == dict(zip(HEADER, ROWS[1][:3], strict=False))


def test_a_cell_that_is_too_large_rejects_only_its_row() -> None:
    huge = ("9", "x" * 200_000, "2015-04-08", "1:00:00 AM", "Net", "Open")
    rows = list(read_rows(csv_of((ROWS[0], huge, ROWS[1])), mapping()))
    assert [row.problem is None for row in rows] == [True, False, True]
    assert "field larger than field limit" in str(rows[1].problem)


def test_semicolons_as_delimiter() -> None:
    rows = list(read_rows(csv_of(delimiter=";"), mapping("delimiter = ';'\n")))
    assert [row.values["Id"] for row in rows] == ["1", "2", "3"]


def test_xlsx_reads_as_its_csv_would() -> None:
    rows = list(read_rows(xlsx_of(ROWS), mapping()))
    assert [row.values for row in rows] == [row.values for row in read_rows(csv_of(), mapping())]
    day = datetime(2015, 4, 8, 10, 22)  # noqa: DTZ001 - as in a workbook
    (typed,) = read_rows(xlsx_of(((7, "x", day, 1.5, True),)), mapping())
    assert list(typed.values.values())[:5] == ["7", "x", "2015-04-08T10:22:00", "1.5", "TRUE"]


def test_a_sheet_by_name() -> None:
    with pytest.raises(InvalidInput, match="its sheets are Sheet"):
        read_rows(xlsx_of(ROWS), mapping('sheet = "Complaints"\n'))


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,,\n"])
def test_a_file_without_a_header_is_rejected(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="no header"):
        read_rows(content, mapping())


def test_a_missing_column_is_named_with_the_existing_ones() -> None:
    with pytest.raises(InvalidInput) as rejected:
        read_rows(csv_of(header=("Id", "Text", "Day", "Time", "Via", "State")), mapping())
    assert "reads the column “Status”" in str(rejected.value)
    assert "Id, Text, Day, Time, Via, State" in str(rejected.value)


def test_a_zip_that_is_not_a_workbook_and_a_zip_bomb_are_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(InvalidInput, match="neither CSV nor an XLSX"):
        read_rows(out.getvalue(), mapping())
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(InvalidInput, match="unpacks to more than"):
        read_rows(xlsx_of(ROWS), mapping())


def test_a_workbook_that_is_damaged_in_the_middle_says_so_instead_of_being_tried_forever() -> None:
    rows = read_rows(damaged(xlsx_of([(str(n), *ROWS[0][1:]) for n in range(3000)])), mapping())
    assert next(rows).line == 2
    with pytest.raises(InvalidInput, match="The workbook is damaged after line"):
        list(rows)


def damaged(workbook: bytes) -> bytes:
    """The workbook with its sheet cut off in the middle, its parts packed as before."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as whole, zipfile.ZipFile(out, "w") as cut:
        for part in whole.infolist():
            content = whole.read(part)
            is_sheet = part.filename.startswith("xl/worksheets/")
            cut.writestr(part.filename, content[: len(content) // 2] if is_sheet else content)
    return out.getvalue()
