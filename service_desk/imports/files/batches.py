"""A file in batches of rows."""

from collections.abc import Iterator

from service_desk.errors import InvalidInput
from service_desk.imports.files.mapping import ColumnMapping
from service_desk.imports.files.reading import FileRow, read_rows

BATCH = 1_000  # rows


def read_batches(
    content: bytes, mapping: ColumnMapping, last_line: int = 0
) -> Iterator[list[FileRow]]:
    """The rows of the file after that line, in batches. Raises InvalidInput where it is damaged,
    after the rows before that."""
    batch: list[FileRow] = []
    try:
        for row in read_rows(content, mapping):
            if row.line > last_line:
                batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except InvalidInput:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
