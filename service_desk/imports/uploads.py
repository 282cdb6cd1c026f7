"""Imports uploaded files, one batch at a look; run by the worker.

A run belongs to one worker while its lease lasts. A worker that is killed leaves the lease behind,
and another one continues when it is over. What goes wrong at one batch three times ends the run.
"""

from collections.abc import Iterator
from datetime import datetime

import asyncpg
import structlog
from msgspec import Struct

from service_desk.database import fetch, fetch_as
from service_desk.errors import Conflict, DeskError, InvalidInput
from service_desk.i18n.translate import N_
from service_desk.imports.files.batches import read_batches
from service_desk.imports.files.mapping import ColumnMapping
from service_desk.imports.files.reading import FileRow
from service_desk.imports.operations import LEASE, fail_run, finish_run, import_batch
from service_desk.rows import get_value, update
from service_desk.tables import ImportRun

MAX_ATTEMPTS = 3
STOPPED = N_(
    "The process that imported this was stopped. Import the file again: no row is imported twice."
)
GIVEN_UP = N_(
    "The desk met an error at the rows after line {line}, {attempts} times. The worker's log says "
    "which. When it is mended, retry the import."
)

# Of `service-desk import`: its process is gone, and nobody else has the file.
FAIL_STOPPED_RUNS = """
UPDATE import_run SET state = 'failed', finished_at = $1, error = $2, lease_until = NULL
WHERE state = 'running' AND content IS NULL AND lease_until < $1
"""
CLAIM_RUN = """
UPDATE import_run SET state = 'running', lease_until = $1, attempts = attempts + 1 WHERE id = (
    SELECT id FROM import_run
    WHERE content IS NOT NULL AND state IN ('queued', 'running')
        AND (lease_until IS NULL OR lease_until < $2)
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, mapping, last_line, attempts
"""

log = structlog.get_logger()


class _ClaimedRun(Struct, frozen=True):
    """`attempts`: since its last batch, this one included."""

    id: int
    mapping: ColumnMapping
    last_line: int
    attempts: int


class _OpenFile(Struct):
    """A file between two batches. `rows`: the next one; empty at the end of the file."""

    last_line: int
    rows: list[FileRow]
    batches: Iterator[list[FileRow]]


# At most one, by run: to read a file from its beginning for each batch would take ever longer.
_open_files: dict[int, _OpenFile] = {}


async def run_due_imports(now: datetime) -> bool:
    """Import one batch of an uploaded file; whether there was one.

    Any number of workers may call this: one that lost its lease, or whose run was cancelled, drops
    its batch.
    """
    await fetch(FAIL_STOPPED_RUNS, now, STOPPED)
    lease = now + LEASE
    claimed = await fetch_as(_ClaimedRun, CLAIM_RUN, lease, now)
    if not claimed:
        _open_files.clear()
        return False
    (run,) = claimed
    if run.attempts > MAX_ATTEMPTS:  # the worker was killed each time
        await _give_up(run, now)
        return True
    is_tried_again = False
    try:
        await _import_next_batch(run, now)
    except Conflict:
        pass  # cancelled; or our lease expired, and another worker continues
    except (InvalidInput, asyncpg.DataError) as error:
        await fail_run(run.id, error, now=now)
    except Exception:
        log.exception("import failed", run=run.id, line=run.last_line, attempt=run.attempts)
        if run.attempts < MAX_ATTEMPTS:
            is_tried_again = True  # when the lease is over: the cause may be, too
        else:
            await _give_up(run, now)
    finally:
        if not is_tried_again:
            await update(ImportRun, {ImportRun.lease_until: None}, id=run.id, lease_until=lease)
    return True


async def _import_next_batch(run: _ClaimedRun, now: datetime) -> None:
    file = _open_files.pop(run.id, None)
    if file is None or file.last_line != run.last_line:
        content: bytes | None = await get_value(ImportRun.content, id=run.id)
        if content is None:
            return  # it has ended since
        batches = read_batches(content, run.mapping, run.last_line)
        file = _OpenFile(run.last_line, next(batches, list[FileRow]()), batches)
    if file.rows:
        await import_batch(run.id, file.rows, now=now)
        file.last_line = file.rows[-1].line
        file.rows = next(file.batches, list[FileRow]())
    if file.rows:
        _open_files.clear()
        _open_files[run.id] = file
    else:
        await finish_run(run.id, now=now)


async def _give_up(run: _ClaimedRun, now: datetime) -> None:
    given_up = DeskError(GIVEN_UP, line=run.last_line, attempts=MAX_ATTEMPTS)
    await fail_run(run.id, given_up, now=now, keep_file=True)
