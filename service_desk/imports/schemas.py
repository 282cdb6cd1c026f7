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


class ImportSummary(Struct, frozen=True):
    """A run. `started_by`, `cancelled_by`: names of staff; it was cancelled at `finished_at`.
    `can_be_retried`: it failed, but not because of its file."""

    id: int
    filename: str
    source: str
    state: ImportState
    rows_seen: int
    rows_taken: int
    rows_rejected: int
    started_by: str | None
    started_at: datetime
    finished_at: datetime | None
    cancelled_by: str | None
    error: str | None
    can_be_retried: bool


class ImportView(ImportSummary, frozen=True):
    """A run and a page of its rejected rows; `next` is the `after` of the following page."""

    rejected: list[Rejection]
    next: str | None
