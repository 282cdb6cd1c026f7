"""Files as other systems export them, and their mapping."""

import io
from collections.abc import Sequence

from openpyxl import Workbook

from service_desk.imports.files.mapping import ColumnMapping, read_mapping

HEADER = ("Id", "Text", "Day", "Time", "Via", "Status")
ROWS: tuple[tuple[str, ...], ...] = (
    ("1", "Internet is slow again", "22-04-15", "3:53:50 PM", "Call", "Closed"),
    ("2", "Overcharged on my bill", "2015-04-08", "10:22:56 AM", "Net", "Open"),
    ("3", "断网三天没人处理", "01-05-15", "12:00:00 AM", "Net", "Pending"),
)
MAPPING = """
source = "old"
timezone = "Asia/Shanghai"

[fields]
external_id = "Id"
subject = "Text"
channel = { column = "Via", values = { Call = "call", Net = "web" } }

[fields.state]
column = "Status"
values = { Open = "open", Closed = "closed", Pending = "waiting_customer" }

[fields.received_at]
column = "Day"
time_column = "Time"
formats = ["%d-%m-%y", "%Y-%m-%d"]
time_formats = ["%I:%M:%S %p"]
"""


def mapping(more: str = "") -> ColumnMapping:
    """The mapping above, with `more` TOML before it."""
    return read_mapping(more + MAPPING)


def csv_of(
    rows: Sequence[Sequence[str]] = ROWS,
    header: Sequence[str] = HEADER,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> bytes:
    lines = [delimiter.join(row) for row in (header, *rows)]
    return "\r\n".join(lines).encode(encoding)


def xlsx_of(rows: Sequence[Sequence[object]], header: Sequence[str] = HEADER) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (header, *rows):
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
