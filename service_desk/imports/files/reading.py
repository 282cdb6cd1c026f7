"""Reads the rows of CSV and XLSX files one by one, each with its line number."""

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct

from service_desk.errors import InvalidInput
from service_desk.i18n.translate import N_
from service_desk.imports.files.csv_lines import Line, csv_lines
from service_desk.imports.files.dates import parse_date
from service_desk.imports.files.encodings import DAMAGE, decode
from service_desk.imports.files.mapping import REQUIRED_FIELDS, ColumnMapping
from service_desk.imports.files.workbooks import (
    MAGIC,
    is_workbook,
    unpacked_workbook,
    workbook_lines,
)

MAX_COLUMNS = 300
OTHER_FILES = {
    b"\xd0\xcf\x11\xe0": N_("a workbook of an old Excel (.xls)"),
    b"\x1f\x8b": N_("a compressed file (.gz)"),
    b"7z\xbc\xaf": N_("a compressed file (.7z)"),
    b"Rar!": N_("a compressed file (.rar)"),
    b"%PDF": N_("a PDF"),
    b"\x89PNG": N_("a picture"),
}


class FileRow(Struct, frozen=True):
    """One row: `values` by column name, stripped. `problem`: why it has none; follows "The row"."""

    line: int
    values: dict[str, str]
    problem: str | None = None


async def readable(content: bytes, mapping: ColumnMapping) -> bytes:
    """What `read_rows` reads of a file. Raises InvalidInput if it is neither CSV nor XLSX."""
    for magic, kind in OTHER_FILES.items():
        if content.startswith(magic):
            raise InvalidInput(
                "The file is {kind}. Save it as CSV or as an XLSX workbook, and import that.",
                field="file",
                kind=kind,
            )
    return await unpacked_workbook(content, mapping.sheet) if is_workbook(content) else content


def read_rows(content: bytes, mapping: ColumnMapping) -> Iterator[FileRow]:
    """Every row of a `readable` file except empty ones.

    Lines are counted from 1, the header included. Raises InvalidInput if the file lacks a column
    that the mapping reads, and where a workbook is damaged.
    """
    is_unpacked = content.startswith(MAGIC)
    lines = workbook_lines(content) if is_unpacked else _csv_lines(content, mapping)
    header = next(lines, None)
    if header is None or header.problem or not any(header.cells):
        raise InvalidInput(
            "The file has no header row with the names of its columns.", field="file"
        )
    names = [_clean(name).replace(DAMAGE, "\ufffd") for name in header.cells]
    _check_columns(names, mapping)
    return (_row(line, names) for line in lines)


def _check_columns(names: list[str], mapping: ColumnMapping) -> None:
    if len(names) > MAX_COLUMNS:
        raise InvalidInput("The file has more than {max} columns.", field="file", max=MAX_COLUMNS)
    for column, target in mapping.columns().items():
        if names.count(column) > 1:
            raise InvalidInput(
                "The file has {count} columns named “{column}”, and the mapping of {target} reads "
                "one. Rename the others in the file.",
                field="mapping",
                count=names.count(column),
                column=column,
                target=target,
            )
        if column not in names:
            raise InvalidInput(
                "The mapping of {target} reads the column “{column}”, but the file has none of "
                "that name. Its columns are: {names}. If these look garbled, set the encoding.",
                field="mapping",
                target=target,
                column=column,
                names=", ".join(name for name in names if name)[:600],
            )


def _row(line: Line, names: list[str]) -> FileRow:
    problem = line.problem or _problem_of(line.cells, len(names))
    if problem is not None:
        return FileRow(line.number, {}, problem)
    return FileRow(line.number, dict(zip(names, map(_clean, line.cells), strict=False)))


def _problem_of(cells: list[str], columns: int) -> str | None:
    if len(cells) > columns:
        return f"has {len(cells)} cells, but the header has {columns}"
    if any(DAMAGE in cell for cell in cells):
        return "is not valid in the encoding of the file"
    return None


def _clean(cell: str) -> str:
    return cell.replace("\x00", "").strip()


def _csv_lines(content: bytes, mapping: ColumnMapping) -> Iterator[Line]:
    return csv_lines(
        decode(content, mapping.encoding), mapping.delimiter, partial(_reads_like_row, mapping)
    )


def _reads_like_row(mapping: ColumnMapping, header: Sequence[str], cells: Sequence[str]) -> bool:
    """As many cells as the header has, all that is required, and a date where one belongs."""
    if len(cells) != len(header):
        return False
    values = {_clean(name): _clean(cell) for name, cell in zip(header, cells, strict=True)}
    for target in REQUIRED_FIELDS:
        if not all(values.get(column) for column in mapping.field(target).columns()):
            return False
    received = mapping.field("received_at")
    if received.column is None:
        return True
    return parse_date(values[received.column], received.formats) is not None
