"""Imports in REST."""

from datetime import datetime

from msgspec import Struct

from service_desk.rules.tickets.vocabulary import ImportState


class Rejection(Struct, frozen=True):
    """A row that was not imported. `line` and `column`: of the file; the header is line 1."""

    id: int
    line: int
    column: str | None
    reason: str


class ImportView(Struct, frozen=True):
    """A run and a page of its rejected rows; `next` is the `after` of the following page."""

    id: int
    filename: str
    source: str
    state: ImportState
    rows_seen: int
    rows_taken: int
    rows_rejected: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    rejected: list[Rejection]
    next: str | None
