"""How an import went, and which rows were rejected."""

from service_desk.database import fetch_one
from service_desk.errors import NotFound
from service_desk.imports.schemas import ImportView, Rejection
from service_desk.rows import list_rows
from service_desk.tables import ImportRejection

# In SQL because the source is a key of the mapping's JSON.
GET_IMPORT = """
SELECT id, filename, mapping ->> 'source' AS source, state, rows_seen, rows_taken, rows_rejected,
    started_at, finished_at, error
FROM import_run WHERE id = $1
"""


async def get_import(run_id: int, *, limit: int, after: int) -> ImportView:
    """A run with a page of its rejected rows. Raises NotFound."""
    row = await fetch_one(GET_IMPORT, run_id)
    if row is None:
        raise NotFound("There is no import {run}.", run=run_id)
    rejected = await list_rejections(run_id, limit=limit + 1, after=after)
    more = len(rejected) > limit
    rejected = rejected[:limit]
    return ImportView(**dict(row), rejected=rejected, next=str(rejected[-1].id) if more else None)


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
