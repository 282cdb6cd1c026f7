"""The rows of CSV, where quoting may be broken (DESIGN §4): a quote too many costs its own row, and
no other.

Python's reader goes on after a broken quote to the next one, however far away, and makes one row of
several. Here a row whose quoting does not hold is rejected, and reading goes on at the next line.
"""

import csv
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

MAX_CELL = 131_072  # characters
TEXT_AFTER_QUOTE = "has text after a closing quote"
NEVER_CLOSED = "has a quote that is never closed"
SWALLOWS_ROWS = "has a quote that goes on into the rows after it"
TOO_LARGE = f"has a cell of more than {MAX_CELL:,} characters"

csv.field_size_limit(MAX_CELL)

# Given the header and the cells of one line: are they a row of this very file?
ReadsLikeRow = Callable[[Sequence[str], Sequence[str]], bool]


class Line(Struct, frozen=True):
    """A row and the number of its first line, from 1. `problem`: why it has no cells; follows "The
    row"."""

    number: int
    cells: list[str]
    problem: str | None = None


def csv_lines(text: str, delimiter: str, reads_like_row: ReadsLikeRow) -> Iterator[Line]:
    """Every row that is not empty, the header first."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header: list[str] = []
    place = 0
    while place < len(lines):
        row, following = _row_at(lines, place, delimiter, header, reads_like_row)
        if row.problem is not None or any(cell.strip() for cell in row.cells):
            header = header or row.cells
            yield row
        place = following


def _row_at(
    lines: list[str],
    place: int,
    delimiter: str,
    header: list[str],
    reads_like_row: ReadsLikeRow,
) -> tuple[Line, int]:
    """The row that begins there, and the place of the next one."""
    text = lines[place]
    cells, problem = _parse(text, delimiter)
    # In the last column the line of an open quote always has as many cells as the header.
    is_open_before_the_last = problem == NEVER_CLOSED and len(cells) < len(header)
    if is_open_before_the_last and reads_like_row(header, text.split(delimiter)):
        problem = SWALLOWS_ROWS
    end = place
    while problem == NEVER_CLOSED and end + 1 < len(lines) and len(text) <= MAX_CELL:
        end += 1
        text = f"{text}\n{lines[end]}"
        if '"' in lines[end]:
            cells, problem = _parse(text, delimiter)
        if problem == NEVER_CLOSED and reads_like_row(header, lines[end].split(delimiter)):
            problem = SWALLOWS_ROWS
    if problem is None and end > place and header and len(cells) > len(header):
        problem = SWALLOWS_ROWS
    if problem is not None:
        return Line(place + 1, [], problem), place + 1
    return Line(place + 1, cells), end + 1


def _parse(text: str, delimiter: str) -> tuple[list[str], str | None]:
    """The cells of a row, up to the open one if it is NEVER_CLOSED."""
    if '"' not in text and len(text) <= MAX_CELL:
        return text.split(delimiter), None
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True)), None
    except csv.Error as error:
        if "end of data" in str(error):
            return next(csv.reader([text], delimiter=delimiter)), NEVER_CLOSED
        return [], TOO_LARGE if "limit" in str(error) else TEXT_AFTER_QUOTE
