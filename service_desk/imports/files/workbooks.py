"""Workbooks (XLSX) are read by a process of their own: parsing holds the processor for seconds, and
a small file may unpack to a very large one.

    content = await unpacked_workbook(content, sheet)

The result is the sheet's rows as lines of JSON behind a MAGIC line, which `workbook_lines` reads.
"""

import asyncio
import io
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from service_desk.child_process import output_of
from service_desk.errors import InvalidInput
from service_desk.i18n.translate import N_
from service_desk.imports.files.csv_lines import Line

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_UNPACKED_BYTES = 500_000_000  # against zip bombs
MAX_OUTPUT_BYTES = 60_000_000
MAX_MEMORY_BYTES = 1_500_000_000
MAX_SECONDS = 60  # of processor time
TIMEOUT_SECONDS = 180
ZIP_MAGIC = b"PK\x03\x04"
MAGIC = b"\x1erows of a workbook\n"

TOO_MUCH_WORK = N_(
    "The workbook takes too long or too much memory to read. Save the sheet as CSV, and import "
    "that."
)
TOO_MUCH_TEXT = N_("The sheet has more than {max} MB of text. Split it.")
UNPACKS_TOO_LARGE = N_("The workbook unpacks to more than {max} MB.")
NO_SUCH_SHEET = N_("The workbook has no sheet “{sheet}”; its sheets are {names}.")
NO_WORKBOOK = N_(
    "The file is neither CSV nor an XLSX workbook, or it is damaged at its beginning. Open it in a "
    "spreadsheet program, save it as XLSX or CSV, and import that."
)
DAMAGED = N_(
    "The workbook is damaged after line {line}: the rows below it cannot be read. Get the file "
    "again, or open it in a spreadsheet program and save it as XLSX or CSV; then import that."
)


class _Refused(Exception):
    """Why no row can be read; its arguments are those of InvalidInput's text."""

    def __init__(self, text: str, **values: Any) -> None:
        self.text, self.values = text, values
        super().__init__(text)


_Row = tuple[int, list[str]]  # its number and its cells


class _Stop(msgspec.Struct):
    """Why the rows end here, before their end."""

    text: str
    values: dict[str, Any]


def is_workbook(content: bytes) -> bool:
    return content.startswith(ZIP_MAGIC)


async def unpacked_workbook(content: bytes, sheet: str | None) -> bytes:
    """Its rows, read by another process within limits of time and memory. Raises InvalidInput."""
    arguments = [sheet] if sheet else []
    async with _one_at_a_time:
        rows = await output_of(__name__, *arguments, given=content, seconds=TIMEOUT_SECONDS)
    if rows is None:
        raise InvalidInput(TOO_MUCH_WORK, field="file")
    return MAGIC + rows


_one_at_a_time = asyncio.Semaphore(1)


def workbook_lines(content: bytes) -> Iterator[Line]:
    """The rows of an unpacked workbook. Raises InvalidInput where it is damaged."""
    for line in content[len(MAGIC) :].splitlines():
        found = msgspec.json.decode(line, type=_Row | _Stop)
        if isinstance(found, _Stop):
            raise InvalidInput(found.text, field="file", **found.values)
        yield Line(*found)


def write_rows(content: bytes, sheet: str | None, out: BinaryIO) -> None:
    """What the other process does."""
    written = 0
    encode = msgspec.json.Encoder().encode
    try:
        for row in _rows(content, sheet):
            line = encode(row) + b"\n"
            written += len(line)
            if written > MAX_OUTPUT_BYTES:
                raise _Refused(TOO_MUCH_TEXT, max=MAX_OUTPUT_BYTES // 1_000_000)
            out.write(line)
    except _Refused as refused:
        out.write(encode(_Stop(refused.text, refused.values)) + b"\n")


def _rows(content: bytes, sheet_name: str | None) -> Iterator[_Row]:
    book = _open(content)
    names = book.sheetnames
    if sheet_name is not None and sheet_name not in names:
        raise _Refused(NO_SUCH_SHEET, sheet=sheet_name, names=", ".join(names))
    sheet: Any = book[sheet_name or names[0]]
    sheet.reset_dimensions()  # what a file says of its size may be wrong, and hides rows
    line = 0
    try:
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [_cell_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield line, cells
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError, ValueError) as error:
        # It is unpacked while it is read, so damage in the middle shows late.
        raise _Refused(DAMAGED, line=line) from error


def _open(content: bytes) -> "Workbook":
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise _Refused(UNPACKS_TOO_LARGE, max=MAX_UNPACKED_BYTES // 1_000_000)
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, SyntaxError, ValueError) as error:
        raise _Refused(NO_WORKBOOK) from error


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


def main() -> None:
    """Standard input: the file; argument: the sheet, default the first; standard output: rows."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    write_rows(sys.stdin.buffer.read(), next(iter(sys.argv[1:]), None), sys.stdout.buffer)


if __name__ == "__main__":
    main()
