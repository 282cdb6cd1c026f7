"""Reads the rows of CSV and XLSX files one by one, each with its line number."""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from service_desk.errors import InvalidInput
from service_desk.imports.files.mapping import ColumnMapping

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_COLUMNS = 300
MAX_UNPACKED_BYTES = 500_000_000  # against zip bombs
ZIP_MAGIC = b"PK\x03\x04"


class FileRow(Struct, frozen=True):
    """One row: `values` by column name, stripped. `problem`: why it has none; follows "The row"."""

    line: int
    values: dict[str, str]
    problem: str | None = None


class _Line(Struct, frozen=True):
    number: int
    cells: list[str]
    problem: str | None = None


def read_rows(content: bytes, mapping: ColumnMapping) -> Iterator[FileRow]:
    """Every row of the file except empty ones.

    Lines are counted from 1, the header included. Raises InvalidInput if the file is neither CSV
    nor XLSX, or lacks a column that the mapping reads.
    """
    lines_of = _xlsx_lines if content.startswith(ZIP_MAGIC) else _csv_lines
    lines = lines_of(content, mapping)
    header = next(lines, None)
    if header is None or header.problem or not any(header.cells):
        raise InvalidInput(
            "The file has no header row with the names of its columns.", field="file"
        )
    names = [name.strip() for name in header.cells]
    _check_columns(names, mapping)
    return (_row(line, names) for line in lines)


def _check_columns(names: list[str], mapping: ColumnMapping) -> None:
    if len(names) > MAX_COLUMNS:
        raise InvalidInput("The file has more than {max} columns.", field="file", max=MAX_COLUMNS)
    for column, target in mapping.columns().items():
        if column not in names:
            raise InvalidInput(
                "The mapping of {target} reads the column “{column}”, but the file has none of "
                "that name. Its columns are: {names}. If these look garbled, set the encoding.",
                field="mapping",
                target=target,
                column=column,
                names=", ".join(name for name in names if name)[:600],
            )


def _row(line: _Line, names: list[str]) -> FileRow:
    problem = line.problem or _problem_of(line.cells, len(names))
    if problem is not None:
        return FileRow(line.number, {}, problem)
    return FileRow(line.number, dict(zip(names, map(_clean, line.cells), strict=False)))


def _problem_of(cells: list[str], columns: int) -> str | None:
    if len(cells) > columns:
        return f"has {len(cells)} cells, but the header has {columns}"
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return "is not valid in the encoding of the file"
    return None


def _clean(cell: str) -> str:
    return cell.replace("\x00", "").strip()


def _csv_lines(content: bytes, mapping: ColumnMapping) -> Iterator[_Line]:
    # Undecodable bytes become lone surrogates, so that only their row is rejected.
    encoding = _encoding(content, mapping)
    text = io.TextIOWrapper(
        io.BytesIO(content), encoding=encoding, errors="surrogateescape", newline=""
    )
    reader = csv.reader(text, delimiter=mapping.delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield _Line(line, [], f"cannot be read as CSV: {error}")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _Line(line, cells)


def _encoding(content: bytes, mapping: ColumnMapping) -> str:
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if mapping.encoding != "auto":
        return mapping.encoding
    try:
        content.decode()
    except UnicodeDecodeError:
        return "gb18030"  # Chinese spreadsheets save this or UTF-8
    return "utf-8"


def _xlsx_lines(content: bytes, mapping: ColumnMapping) -> Iterator[_Line]:
    book = _open_workbook(content)
    names = book.sheetnames
    if mapping.sheet is not None and mapping.sheet not in names:
        raise InvalidInput(
            "The workbook has no sheet “{sheet}”; its sheets are {names}.",
            field="mapping",
            sheet=mapping.sheet,
            names=", ".join(names),
        )
    sheet = book[mapping.sheet or names[0]]
    for line, values in _values_of(sheet):
        cells = [_cell_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield _Line(line, cells)
    book.close()


def _values_of(sheet: Any) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Its rows with their numbers. A workbook is unpacked while it is read, so damage in the middle
    shows late."""
    line = 0
    try:
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield line, values
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError, ValueError) as error:
        raise InvalidInput(
            "The workbook is damaged after line {line}: {reason}",
            field="file",
            line=line,
            reason=str(error),
        ) from error


def _open_workbook(content: bytes) -> "Workbook":
    from openpyxl import load_workbook  # a fifth of a program's start, and few files need it

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise InvalidInput(
                "The workbook unpacks to more than {max} MB.",
                field="file",
                max=MAX_UNPACKED_BYTES // 1_000_000,
            )
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            "The file is neither CSV nor an XLSX workbook: {reason}",
            field="file",
            reason=str(error),
        ) from error


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
