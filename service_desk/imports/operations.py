"""Imports a file batch by batch. Each batch is one transaction that also records the progress.

So a run may stop anywhere: it continues after its last batch, and a row that was imported before is
rejected by its external id. A batch whose run was cancelled meanwhile is dropped as a whole.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import asdict

from service_desk.database import fetch, transaction
from service_desk.errors import Conflict, NotFound, StateCode
from service_desk.i18n.stored_errors import stored_error
from service_desk.i18n.translate import N_
from service_desk.imports.files.mapping import ColumnMapping
from service_desk.imports.files.reading import FileRow, read_rows, readable
from service_desk.imports.files.row_parsing import DeskDefaults, ImportedRow, RowProblem, parse_row
from service_desk.imports.hints import with_suggestions
from service_desk.imports.writing import ImportContext, write_tickets
from service_desk.jobs import wake
from service_desk.principal import SYSTEM, staff_actor
from service_desk.rows import get, get_value, insert, is_in, update, update_counted
from service_desk.rules.tickets.vocabulary import ImportState
from service_desk.settings import get_settings
from service_desk.tables import ImportRun
from service_desk.tickets.recording import begin_recording

MAX_FILENAME_LENGTH = 255
UNFINISHED: tuple[ImportState, ...] = ("queued", "running")
LEASE = timedelta(minutes=2)  # for which a process holds a run, from one batch to the next
TAKEN_OVER = N_("Another process has taken over this import.")

# Imports of one source take turns, so that no row is imported twice.
LOCK_SOURCE = "SELECT pg_advisory_xact_lock(hashtextextended('import ' || $1, 0))"
IMPORTED_BEFORE = """
SELECT i.external_id, t.number
FROM imported_ticket i JOIN ticket t ON t.id = i.ticket
WHERE i.source = $1 AND i.external_id = ANY($2::text[])
"""
INSERT_REJECTIONS = """
INSERT INTO import_rejection (run, line, "column", reason)
SELECT $1, line, name, reason
FROM unnest($2::int[], $3::text[], $4::text[]) AS p (line, name, reason)
"""


class ImportProgress(Struct, frozen=True):
    """Rows of the file so far: seen = imported + rejected. `last_line` read of the file."""

    seen: int
    imported: int
    rejected: int
    last_line: int


class _Run(Struct, frozen=True):
    """A run as the previous batch left it."""

    state: ImportState
    mapping: ColumnMapping
    started_by: int | None
    rows_seen: int
    rows_taken: int
    rows_rejected: int
    last_line: int


async def enqueue_import(
    filename: str, content: bytes, mapping: ColumnMapping, *, staff_id: int | None, now: datetime
) -> int:
    """Store the file for a worker to import; returns the id of the run.

    Raises InvalidInput if the file cannot be read or lacks a column of the mapping.
    """
    content = await readable(content, mapping)
    read_rows(content, mapping)
    async with transaction():
        run = await _insert_run(filename, mapping, staff_id, now, content=content)
        wake("run_due_imports", about=run)
    return run


async def start_run(
    filename: str, content: bytes, mapping: ColumnMapping, *, staff_id: int | None, now: datetime
) -> int:
    """A run that this process imports itself, batch by batch, of `readable` content; its id."""
    read_rows(content, mapping)
    return await _insert_run(filename, mapping, staff_id, now, content=None)


async def hold_run(run_id: int, *, now: datetime) -> None:
    """The process that started it is alive. Call it with every batch."""
    await update(ImportRun, {ImportRun.lease_until: now + LEASE}, id=run_id, state="running")


async def import_batch(run_id: int, rows: Sequence[FileRow], *, now: datetime) -> ImportProgress:
    """Import one batch: valid rows become tickets, the others are recorded with their reasons.

    The run is not locked while it works, so that nobody waits to cancel it. Raises Conflict, and
    imports nothing, if the run has ended or another process has imported these rows.
    """
    async with transaction():
        await begin_recording()
        run = await get(_Run, ImportRun, id=run_id)
        assert run is not None
        _require_running(run_id, run.state)
        if run.last_line >= rows[0].line:
            raise Conflict(TAKEN_OVER)
        valid, problems = _parse_rows(rows, run.mapping, now)
        new, known = await _split_known(valid, run.mapping)
        actor = SYSTEM if run.started_by is None else staff_actor(run.started_by)
        context = ImportContext(run_id, run.mapping, actor, now)
        await write_tickets(await with_suggestions(new, run.mapping), context)
        problems = sorted([*problems, *known], key=lambda problem: problem.line)
        await _insert_rejections(run_id, problems)
        progress = ImportProgress(
            seen=run.rows_seen + len(rows),
            imported=run.rows_taken + len(new),
            rejected=run.rows_rejected + len({problem.line for problem in problems}),
            last_line=rows[-1].line,
        )
        await _save_progress(run_id, run, progress)
        return progress


async def cancel_import(run_id: int, *, staff_id: int, now: datetime) -> None:
    """End a run that is queued or running, at once: what was imported stays and is counted, and the
    batch that is being imported is dropped. Nothing more happens to one that is cancelled already.

    Raises NotFound, and Conflict if it has ended otherwise.
    """
    if await _end_run(run_id, "cancelled", now, cancelled_by=staff_id):
        return
    state = await _state_of(run_id)
    if state != "cancelled":
        raise Conflict(
            "Import {run} is {state}; only one that is queued or running can be cancelled.",
            run=run_id,
            state=StateCode(state, "import_state"),
        )


async def retry_import(run_id: int) -> None:
    """Queue a run again that ended by an error of the desk: it continues after its last batch.

    Raises NotFound, and Conflict if it ended otherwise or has not ended.
    """
    queued = {
        ImportRun.state: "queued",
        ImportRun.finished_at: None,
        ImportRun.error: None,
        ImportRun.error_params: None,
        ImportRun.attempts: 0,
    }
    async with transaction():
        has_file = ImportRun.content.is_not_null()
        if await update_counted(ImportRun, queued, has_file, id=run_id, state="failed"):
            wake("run_due_imports", about=run_id)
            return
    state = await _state_of(run_id)
    if state == "failed":
        raise Conflict(
            "Import {run} cannot be retried: its file was to blame, or is not kept. Import the "
            "file again: no row is imported twice.",
            run=run_id,
        )
    raise Conflict(
        "Import {run} is {state}; only one that failed can be retried.",
        run=run_id,
        state=StateCode(state, "import_state"),
    )


async def finish_run(run_id: int, *, now: datetime) -> None:
    await _end_run(run_id, "done", now)


async def fail_run(
    run_id: int, error: BaseException, *, now: datetime, keep_file: bool = False
) -> None:
    """The tickets imported so far stay; the file may be imported again. `keep_file`: it is not to
    blame, so that the run can be retried."""
    await _end_run(run_id, "failed", now, keep_file=keep_file, **asdict(stored_error(error)))


def _parse_rows(
    rows: Sequence[FileRow], mapping: ColumnMapping, now: datetime
) -> tuple[list[ImportedRow], list[RowProblem]]:
    settings = get_settings()
    desk = DeskDefaults(settings.zone, settings.locale, settings.region)
    valid: list[ImportedRow] = []
    problems: list[RowProblem] = []
    for row in rows:
        parsed = parse_row(row, mapping, desk, now)
        if isinstance(parsed, ImportedRow):
            valid.append(parsed)
        else:
            problems += parsed
    return valid, problems


async def _split_known(
    rows: Sequence[ImportedRow], mapping: ColumnMapping
) -> tuple[list[ImportedRow], list[RowProblem]]:
    """The rows that are new, and a problem for each that was imported before."""
    column = next(iter(mapping.field("external_id").columns()), None)
    await fetch(LOCK_SOURCE, mapping.source)
    found = await fetch(IMPORTED_BEFORE, mapping.source, [row.external_id for row in rows])
    known = {row["external_id"]: f"as ticket {row['number']}" for row in found}
    new: list[ImportedRow] = []
    problems: list[RowProblem] = []
    for row in rows:
        if (origin := known.get(row.external_id)) is not None:
            reason = f"{mapping.source} {row.external_id} was imported before, {origin}."
            problems.append(RowProblem(row.line, column, reason))
        else:
            new.append(row)
            known[row.external_id] = f"from line {row.line}"
    return new, problems


async def _insert_rejections(run_id: int, problems: Sequence[RowProblem]) -> None:
    await fetch(
        INSERT_REJECTIONS,
        run_id,
        [problem.line for problem in problems],
        [problem.column and problem.column[:100] for problem in problems],
        [problem.reason for problem in problems],
    )


async def _state_of(run_id: int) -> ImportState:
    """Raises NotFound."""
    state: ImportState | None = await get_value(ImportRun.state, id=run_id)
    if state is None:
        raise NotFound("There is no import {run}.", run=run_id)
    return state


def _require_running(run_id: int, state: ImportState) -> None:
    if state != "running":
        raise Conflict(
            "Import {run} is {state}: it imports nothing more.",
            run=run_id,
            state=StateCode(state, "import_state"),
        )


async def _save_progress(run_id: int, before: _Run, progress: ImportProgress) -> None:
    """Raises Conflict if the run has ended since, or another process has imported more of it."""
    counts = {
        ImportRun.rows_seen: progress.seen,
        ImportRun.rows_taken: progress.imported,
        ImportRun.rows_rejected: progress.rejected,
        ImportRun.last_line: progress.last_line,
        ImportRun.attempts: 0,
    }
    if await update_counted(
        ImportRun, counts, id=run_id, state="running", last_line=before.last_line
    ):
        return
    _require_running(run_id, await _state_of(run_id))
    raise Conflict(TAKEN_OVER)


async def _insert_run(
    filename: str,
    mapping: ColumnMapping,
    staff_id: int | None,
    now: datetime,
    *,
    content: bytes | None,
) -> int:
    return await insert(
        ImportRun,
        filename=filename[-MAX_FILENAME_LENGTH:],
        mapping=to_builtins(mapping),
        state="running" if content is None else "queued",
        started_by=staff_id,
        started_at=now,
        content=content,
        lease_until=now + LEASE if content is None else None,
    )


async def _end_run(
    run_id: int, state: ImportState, now: datetime, *, keep_file: bool = False, **ended: object
) -> bool:
    """False if it had ended already: its first end stays."""
    values: dict[Any, object] = {"state": state, "finished_at": now, "lease_until": None} | ended
    if not keep_file:
        values["content"] = None
    has_not_ended = is_in(ImportRun.state, UNFINISHED)
    return bool(await update_counted(ImportRun, values, has_not_ended, id=run_id))
