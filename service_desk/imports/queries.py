"""The imports, how each went, and which rows were rejected."""

from typing import Any

from msgspec import convert

from service_desk.database import fetch, fetch_one
from service_desk.errors import NotFound
from service_desk.i18n.stored_errors import error_sentence
from service_desk.imports.schemas import ImportSummary, ImportView, Rejection
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rows import list_rows
from service_desk.rules.words.languages import Locale
from service_desk.tables import ImportRejection

# In SQL because the source is a key of the mapping's JSON.
RUNS = """
SELECT r.id, r.filename, r.mapping ->> 'source' AS source, r.state,
    r.rows_seen, r.rows_taken, r.rows_rejected,
    starter.name AS started_by, r.started_at, r.finished_at, canceller.name AS cancelled_by,
    r.error, r.error_params, r.state = 'failed' AND r.content IS NOT NULL AS can_be_retried
FROM import_run r LEFT JOIN staff starter ON starter.id = r.started_by
    LEFT JOIN staff canceller ON canceller.id = r.cancelled_by
"""
GET_IMPORT = f"{RUNS} WHERE r.id = $1"
LIST_IMPORTS = f"{RUNS} WHERE $1::bigint IS NULL OR r.id < $1 ORDER BY r.id DESC LIMIT $2"


async def list_imports(*, limit: int, after: str | None) -> Page[ImportSummary]:
    """Newest first."""
    last_id = decode_cursor(after, int) if after is not None else None
    rows = await fetch(LIST_IMPORTS, last_id, limit + 1)
    runs = [convert(_with_sentence(row, "en"), ImportSummary) for row in rows]
    return make_page(runs, limit, lambda run: run.id)


async def get_import(run_id: int, *, limit: int, after: int, locale: Locale = "en") -> ImportView:
    """A run with a page of its rejected rows, its error in that language. Raises NotFound."""
    row = await fetch_one(GET_IMPORT, run_id)
    if row is None:
        raise NotFound("There is no import {run}.", run=run_id)
    rejected = await list_rejections(run_id, limit=limit + 1, after=after)
    more = len(rejected) > limit
    rejected = rejected[:limit]
    return ImportView(
        **_with_sentence(row, locale),
        rejected=rejected,
        next=str(rejected[-1].id) if more else None,
    )


async def list_rejections(run_id: int, *, limit: int, after: int = 0) -> list[Rejection]:
    """Rejected rows in the order of the file. `after`: id of the last one on the previous page."""
    return await list_rows(
        Rejection,
        ImportRejection,
        ImportRejection.id > after,
        order_by=ImportRejection.id,
        limit=limit,
        run=run_id,
    )


def _with_sentence(row: Any, locale: Locale) -> dict[str, Any]:
    values = dict(row)
    params = values.pop("error_params")
    if values["error"] is not None:
        values["error"] = error_sentence(values["error"], params, locale)
    return values
