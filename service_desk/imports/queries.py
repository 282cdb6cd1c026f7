"""How an import went, and which rows did not go in."""

from service_desk.database import fetch_as, fetch_one
from service_desk.errors import NotFound
from service_desk.imports.schemas import ImportView, Rejection


async def get_import(run: int, *, limit: int, after: int) -> ImportView:
    """A run with a page of its rejected rows. Raises NotFound."""
    row = await fetch_one(
        "SELECT id, filename, mapping ->> 'source' AS source, state, rows_seen, rows_taken, "
        "rows_rejected, started_at, finished_at, error FROM import_run WHERE id = $1",
        run,
    )
    if row is None:
        raise NotFound("There is no import {run}.", run=run)
    rejected = await list_rejections(run, limit=limit + 1, after=after)
    more = len(rejected) > limit
    rejected = rejected[:limit]
    return ImportView(**dict(row), rejected=rejected, next=str(rejected[-1].id) if more else None)


async def list_rejections(run: int, *, limit: int, after: int = 0) -> list[Rejection]:
    return await fetch_as(
        Rejection,
        'SELECT id, line, "column", reason FROM import_rejection '
        "WHERE run = $1 AND id > $2 ORDER BY id LIMIT $3",
        run,
        after,
        limit,
    )
