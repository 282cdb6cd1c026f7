"""What REST says of an import."""

from datetime import datetime
from typing import Literal

from msgspec import Struct


class Rejection(Struct, frozen=True):
    """A row that did not go in. `line`: of the file, the header is 1. `column`: the file's."""

    id: int
    line: int
    column: str | None
    reason: str


class ImportView(Struct, frozen=True):
    """A run and a page of its rejected rows; `next` is the `after` of the following page."""

    id: int
    filename: str
    source: str
    state: Literal["queued", "running", "done", "failed"]
    rows_seen: int
    rows_taken: int
    rows_rejected: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    rejected: list[Rejection]
    next: str | None
