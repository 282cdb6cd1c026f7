"""Exports in REST. The next `what` gets a filter of its own here, and a case in operations.py."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service_desk.reports.exports import FileFormat
from service_desk.rules.tickets.vocabulary import LongJobState
from service_desk.rules.words.languages import Locale

What = Literal["complaints"]


class MonthFilter(Struct, frozen=True, forbid_unknown_fields=True):
    """`month`: like 2026-10. `as_of`: as of that time; without it, the signed figures of a signed
    month, and of any other those as of now."""

    month: str
    as_of: datetime | None = None


class ExportRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """`lang`: of XLSX and CSV; by default the caller's. `jsonl`: one ticket a line."""

    what: What
    format: FileFormat
    filter: MonthFilter
    lang: Locale | None = None


class ExportView(Struct, frozen=True):
    """`rows_in_all`: null until it is known. `file`: its address, once the export is done; it is
    kept for a day."""

    id: int
    what: What
    format: FileFormat
    filter: MonthFilter
    state: LongJobState
    rows_done: int
    rows_in_all: int | None
    requested_at: datetime
    finished_at: datetime | None
    error: str | None
    file: str | None
