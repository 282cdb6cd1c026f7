"""Imports files, and reads what they became."""

from typing import Any

from service_desk.database import fetch, fetch_one
from service_desk.imports.files.batches import read_batches
from service_desk.imports.files.mapping import ColumnMapping
from service_desk.imports.operations import (
    ImportProgress,
    finish_run,
    import_batch,
    start_run,
)
from tests.factories import NOW
from tests.imports.source_files import mapping


async def imported(
    content: bytes, rules: ColumnMapping | None = None
) -> tuple[int, ImportProgress]:
    """Import all of the file in this process; the run's id and the progress at its end."""
    rules = rules or mapping()
    run = await start_run("old.csv", content, rules, staff_id=None, now=NOW)
    progress = ImportProgress(0, 0, 0, 0)
    for rows in read_batches(content, rules):
        progress = await import_batch(run, rows, now=NOW)
    await finish_run(run, now=NOW)
    return run, progress


async def rejections(run: int) -> list[tuple[int, str, str]]:
    rows = await fetch(
        'SELECT line, "column", reason FROM import_rejection WHERE run = $1 ORDER BY id', run
    )
    return [tuple(row) for row in rows]


async def ticket(external_id: str) -> Any:
    return await fetch_one("SELECT * FROM ticket WHERE external_id = $1", external_id)


async def events(external_id: str) -> list[tuple[str, Any]]:
    rows = await fetch(
        "SELECT e.type, e.at FROM ticket_event e JOIN ticket t ON t.id = e.ticket "
        "WHERE t.external_id = $1 ORDER BY e.id",
        external_id,
    )
    return [tuple(row) for row in rows]


def fields_of(rules: ColumnMapping, **changed: object) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in ColumnMapping.__struct_fields__} | changed
