"""Taking in a file, batch by batch; each batch is one transaction, which also notes how far it is.

A run may therefore be stopped anywhere: started again, it goes on behind its last batch, and a
row that went in before is refused by its external id.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

import asyncpg
from msgspec import Struct, convert, to_builtins

from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput
from service_desk.imports.files.mapping import Mapping
from service_desk.imports.files.reading import FileRow, read_rows
from service_desk.imports.files.row_parsing import DeskDefaults, ImportedRow, RowProblem, parse_row
from service_desk.imports.hints import with_suggestions
from service_desk.imports.writing import ImportContext, write_tickets
from service_desk.jobs import wake
from service_desk.settings import get_settings
from service_desk.tickets.change import SYSTEM, staff_actor

BATCH = 1_000
BATCHES_PER_JOB = 20  # a worker's job ends after so many, and the next one goes on
LEASE = timedelta(minutes=2)
MAX_FILENAME_LENGTH = 255


class ImportProgress(Struct, frozen=True):
    """How far a run is. `last_line`: of the file."""

    seen: int
    taken: int
    rejected: int
    last_line: int


async def enqueue_import(
    filename: str, content: bytes, mapping: Mapping, *, staff_id: int | None, now: datetime
) -> int:
    """Keep the file for a worker to take in; returns the run's id.

    Raises InvalidInput if the file cannot be read or lacks a column of the mapping.
    """
    read_rows(content, mapping)
    async with transaction():
        run = await _new_run(filename, mapping, staff_id, now, content=content)
        wake("run_due_imports", about=run)
    return run


async def start_run(
    filename: str, content: bytes, mapping: Mapping, *, staff_id: int | None, now: datetime
) -> int:
    """A run that this process takes in itself, batch by batch; returns its id."""
    read_rows(content, mapping)
    return await _new_run(filename, mapping, staff_id, now, content=None)


async def run_due_imports(now: datetime) -> int:
    """Take in what was uploaded, for one job's length. Returns the number of rows seen.

    Any number of workers may call this: a run is one worker's while its lease lasts, and a batch
    whose place another one took meanwhile is dropped.
    """
    row = await fetch_one(
        "UPDATE import_run SET state = 'running', lease_until = $1 WHERE id = ("
        "SELECT id FROM import_run WHERE content IS NOT NULL AND state IN ('queued', 'running') "
        "AND (lease_until IS NULL OR lease_until < $2) ORDER BY id "
        "LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, content, mapping, last_line",
        now + LEASE,
        now,
    )
    if row is None:
        return 0
    mapping = convert(row["mapping"], Mapping)
    seen = 0
    try:
        for rows in islice(
            read_batches(row["content"], mapping, row["last_line"]), BATCHES_PER_JOB
        ):
            await import_batch(row["id"], rows, now=now)
            seen += len(rows)
        if seen < BATCH * BATCHES_PER_JOB:
            await finish_run(row["id"], now=now)
        else:
            await fetch("UPDATE import_run SET lease_until = NULL WHERE id = $1", row["id"])
    except Conflict:
        return seen  # our lease ran out, and whoever has it now goes on
    except (InvalidInput, asyncpg.DataError) as error:
        await fail_run(row["id"], str(error), now=now)
    return seen


def read_batches(content: bytes, mapping: Mapping, last_line: int = 0) -> Iterator[list[FileRow]]:
    """The file's rows behind that line, in batches."""
    rows = (row for row in read_rows(content, mapping) if row.line > last_line)
    while batch := list(islice(rows, BATCH)):
        yield batch


async def import_batch(run: int, rows: Sequence[FileRow], *, now: datetime) -> ImportProgress:
    """One batch: what fits becomes tickets, what does not is noted with its reasons."""
    settings = get_settings()
    desk = DeskDefaults(settings.zone, settings.locale, settings.region)
    async with transaction():
        row = await fetch_one("SELECT * FROM import_run WHERE id = $1 FOR UPDATE", run)
        assert row is not None
        if row["last_line"] >= rows[0].line:
            raise Conflict("Another process goes on with this import.")
        mapping = convert(row["mapping"], Mapping)
        actor = SYSTEM if row["started_by"] is None else staff_actor(row["started_by"])
        fitting, problems = _parse_rows(rows, mapping, desk, now)
        new, known = await _split_known(fitting, mapping)
        problems = sorted([*problems, *known], key=lambda problem: problem.line)
        await write_tickets(
            await with_suggestions(new, mapping), ImportContext(run, mapping, actor, now)
        )
        await _record_rejections(run, problems)
        rejected = len({problem.line for problem in problems})
        counted = await fetch_one(
            "UPDATE import_run SET rows_seen = rows_seen + $2, rows_taken = rows_taken + $3, "
            "rows_rejected = rows_rejected + $4, last_line = $5 WHERE id = $1 "
            "RETURNING rows_seen AS seen, rows_taken AS taken, rows_rejected AS rejected, "
            "last_line",
            run, len(rows), len(new), rejected, rows[-1].line,
        )  # fmt: skip
        return convert(dict(counted or {}), ImportProgress)


async def finish_run(run: int, *, now: datetime) -> None:
    await fetch(
        "UPDATE import_run SET state = 'done', finished_at = $2, content = NULL, "
        "lease_until = NULL WHERE id = $1",
        run,
        now,
    )


async def fail_run(run: int, reason: str, *, now: datetime) -> None:
    """What was taken in stays; the file may be given again."""
    await fetch(
        "UPDATE import_run SET state = 'failed', error = $3, finished_at = $2, content = NULL, "
        "lease_until = NULL WHERE id = $1",
        run,
        now,
        reason,
    )


def _parse_rows(
    rows: Sequence[FileRow], mapping: Mapping, desk: DeskDefaults, now: datetime
) -> tuple[list[ImportedRow], list[RowProblem]]:
    fitting: list[ImportedRow] = []
    problems: list[RowProblem] = []
    for row in rows:
        translated = parse_row(row, mapping, desk, now)
        if isinstance(translated, ImportedRow):
            fitting.append(translated)
        else:
            problems += translated
    return fitting, problems


async def _split_known(
    rows: Sequence[ImportedRow], mapping: Mapping
) -> tuple[list[ImportedRow], list[RowProblem]]:
    """The rows that are new, and a problem for each that was taken in before."""
    source = mapping.source
    column = next(iter(mapping.field("external_id").columns()), None)
    # Two imports of one source wait for each other, so that neither takes in what the other does.
    await fetch("SELECT pg_advisory_xact_lock(hashtextextended('import ' || $1, 0))", source)
    found = await fetch(
        "SELECT i.external_id, t.number, i.line FROM imported_ticket i "
        "JOIN ticket t ON t.id = i.ticket "
        "WHERE i.source = $1 AND i.external_id = ANY($2::text[])",
        source,
        [row.external_id for row in rows],
    )
    taken = {row["external_id"]: f"as ticket {row['number']}" for row in found}
    new: list[ImportedRow] = []
    problems: list[RowProblem] = []
    for row in rows:
        if (place := taken.get(row.external_id)) is not None:
            reason = f"{source} {row.external_id} was imported before, {place}."
            problems.append(RowProblem(row.line, column, reason))
        else:
            new.append(row)
            taken[row.external_id] = f"from line {row.line}"
    return new, problems


async def _record_rejections(run: int, problems: Sequence[RowProblem]) -> None:
    await fetch(
        'INSERT INTO import_rejection (run, line, "column", reason) '
        "SELECT $1, line, name, reason FROM unnest($2::int[], $3::text[], $4::text[]) "
        "AS p (line, name, reason)",
        run,
        [problem.line for problem in problems],
        [problem.column and problem.column[:100] for problem in problems],
        [problem.reason for problem in problems],
    )


async def _new_run(
    filename: str, mapping: Mapping, staff_id: int | None, now: datetime, *, content: bytes | None
) -> int:
    return await fetch_value(
        "INSERT INTO import_run (filename, mapping, state, started_by, started_at, content) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        filename[-MAX_FILENAME_LENGTH:],
        to_builtins(mapping),
        "queued" if content is not None else "running",
        staff_id,
        now,
        content,
    )
