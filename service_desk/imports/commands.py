"""`service-desk import FILE --mapping FILE`."""

import csv
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service_desk import wall_clock
from service_desk.commands import check_writable, desk_command
from service_desk.imports.files.batches import read_batches
from service_desk.imports.files.mapping import read_mapping
from service_desk.imports.files.reading import readable
from service_desk.imports.operations import (
    ImportProgress,
    fail_run,
    finish_run,
    hold_run,
    import_batch,
    start_run,
)
from service_desk.imports.queries import list_rejections
from service_desk.imports.schemas import Rejection

REJECTIONS_SHOWN = 20
PAGE = 10_000

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", type=_FILE)
@click.option("--mapping", "mapping_file", type=_FILE, required=True,
              help="How columns become tickets: TOML or JSON, see docs/importing.md.")  # fmt: skip
@click.option("--rejected", "rejected_file", type=click.Path(dir_okay=False, path_type=Path),
              callback=check_writable,
              help="Write the rejected rows to this CSV file.")  # fmt: skip
@desk_command
async def import_file(file: Path, mapping_file: Path, rejected_file: Path | None) -> None:
    """Import tickets from a CSV or XLSX file.

    Rows that cannot be imported are listed; the others are imported. Running it again on the same
    file is safe: no row is imported twice.
    """
    await wall_clock.follow_demo_clock()
    now = wall_clock.now()
    mapping = read_mapping(mapping_file.read_bytes())
    content = await readable(file.read_bytes(), mapping)
    run = await start_run(file.name, content, mapping, staff_id=None, now=now)
    progress = ImportProgress(0, 0, 0, 0)
    console = Console(stderr=True)
    try:
        with _progress_bar(console) as bar:
            task = bar.add_task(file.name, total=max(content.count(b"\n"), 1), rows="")
            for rows in read_batches(content, mapping):
                progress = await import_batch(run, rows, now=wall_clock.now())
                await hold_run(run, now=wall_clock.now())
                bar.update(task, completed=progress.last_line, rows=f"{progress.seen:,} rows")
            bar.update(task, completed=bar.tasks[0].total)
    except BaseException as error:
        await fail_run(run, error, now=wall_clock.now())
        raise
    await finish_run(run, now=wall_clock.now())
    click.echo(f"{progress.imported:,} tickets imported, {progress.rejected:,} rows rejected.")
    if progress.rejected:
        await _print_rejections(run, rejected_file, console)
        if not progress.imported:
            raise click.exceptions.Exit(1)


def _progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[rows]}"),
        TimeElapsedColumn(),
        console=console,
    )


async def _print_rejections(run: int, rejected_file: Path | None, console: Console) -> None:
    first = await list_rejections(run, limit=REJECTIONS_SHOWN + 1)
    table = Table("Line", "Column", "Reason", title="Rejected rows")
    for rejection in first[:REJECTIONS_SHOWN]:
        table.add_row(str(rejection.line), escape(rejection.column or ""), escape(rejection.reason))
    console.print(table)
    if rejected_file is not None:
        await _write_rejections(run, rejected_file)
        console.print(f"All rejected rows are in {escape(str(rejected_file))}.")
    elif len(first) > REJECTIONS_SHOWN:
        console.print("There are more: --rejected FILE writes them all to a file.")


async def _write_rejections(run: int, rejected_file: Path) -> None:
    with rejected_file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("line", "column", "reason"))
        after = 0
        while page := await list_rejections(run, limit=PAGE, after=after):
            writer.writerows(_row(rejection) for rejection in page)
            after = page[-1].id


def _row(rejection: Rejection) -> tuple[int, str | None, str]:
    return rejection.line, rejection.column, rejection.reason
