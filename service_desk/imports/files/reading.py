"""Rows out of CSV and XLSX files, each with its line number, memory flat in the file's size."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time

from msgspec import Struct
from openpyxl import load_workbook

from service_desk.errors import InvalidInput
from service_desk.imports.files.mapping import Mapping

MAX_COLUMNS = 300
MAX_UNPACKED_BYTES = 500_000_000  # bytes; a small workbook may unpack to anything
ZIP_MAGIC = b"PK\x03\x04"


class FileRow(Struct, frozen=True):
    """One row: `values` by column name, spaces around them gone. `problem`: why it has none."""

    line: int
    values: dict[str, str]
    problem: str | None = None


def read_rows(content: bytes, mapping: Mapping) -> Iterator[FileRow]:
    """Every row of the file, empty ones left out.

    Line numbers are the file's own, counted from 1, the header included. Raises InvalidInput if
    the file is no CSV or XLSX, or lacks a column that the mapping reads.
    """
    lines = _xlsx_lines(content, mapping) if content[:4] == ZIP_MAGIC else _csv_lines(
        content, mapping
    )  # fmt: skip
    first = next(lines, None)
    if first is None or first[2] or not any(first[1]):
        raise InvalidInput("The file has no header line naming its columns.", field="file")
    names = [name.strip() for name in first[1]]
    _check_columns(names, mapping)
    return (_row(line, names, cells, problem) for line, cells, problem in lines)


def _check_columns(names: list[str], mapping: Mapping) -> None:
    if len(names) > MAX_COLUMNS:
        raise InvalidInput("The file has more than {most} columns.", field="file",
                           most=MAX_COLUMNS)  # fmt: skip
    for column, target in mapping.columns().items():
        if column not in names:
            raise InvalidInput(
                "The mapping of {target} reads the column “{column}”, which the file does not "
                "have. Its columns are: {names}. If these look garbled, set the encoding.",
                field="mapping",
                target=target,
                column=column,
                names=", ".join(name for name in names if name)[:600],
            )


def _row(line: int, names: list[str], cells: list[str], problem: str | None) -> FileRow:
    if problem is None and len(cells) > len(names):
        problem = f"has {len(cells)} cells, the header names {len(names)}"
    elif problem is None and any("\udc80" <= c <= "\udcff" for cell in cells for c in cell):
        problem = "is not valid in the file's encoding"
    if problem is not None:
        return FileRow(line, {}, problem)
    return FileRow(line, dict(zip(names, map(_clean, cells), strict=False)))


def _clean(cell: str) -> str:
    return cell.replace("\x00", "").strip()


def _csv_lines(content: bytes, mapping: Mapping) -> Iterator[tuple[int, list[str], str | None]]:
    # Bytes that do not fit become lone surrogates: their row is refused, the others go in.
    text = io.TextIOWrapper(
        io.BytesIO(content), encoding=_encoding(content, mapping), errors="surrogateescape",
        newline="",
    )  # fmt: skip
    reader = csv.reader(text, delimiter=mapping.delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield line, [], f"cannot be read as CSV: {error}"
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells, None


def _encoding(content: bytes, mapping: Mapping) -> str:
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if mapping.encoding != "auto":
        return mapping.encoding
    try:
        content.decode()
    except UnicodeDecodeError:
        return "gb18030"  # what Chinese spreadsheets save when it is not UTF-8
    return "utf-8"


def _xlsx_lines(content: bytes, mapping: Mapping) -> Iterator[tuple[int, list[str], str | None]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise InvalidInput("The workbook unpacks to more than {most} MB.", field="file",
                               most=MAX_UNPACKED_BYTES // 1_000_000)  # fmt: skip
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InvalidInput("The file is neither CSV nor an XLSX workbook: {reason}", field="file",
                           reason=str(error)) from error  # fmt: skip
    names = book.sheetnames
    if mapping.sheet is not None and mapping.sheet not in names:
        raise InvalidInput(
            "The workbook has no sheet “{sheet}”; its sheets are {names}.",
            field="mapping",
            sheet=mapping.sheet,
            names=", ".join(names),
        )
    sheet = book[mapping.sheet or names[0]]
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_cell_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield line, cells, None
    book.close()


def _cell_text(value: object) -> str:
    """A cell as the CSV of the same sheet would have it; dates in ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
