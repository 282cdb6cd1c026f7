"""`service-desk sla verify` and `sla replay` (DESIGN §2.3, §3)."""

import gc
import os
import sys
from datetime import date, datetime, time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service_desk import wall_clock
from service_desk.clocks.replay import ReplayResult, replay
from service_desk.clocks.scenarios import read_scenario
from service_desk.clocks.verification import verify_clocks
from service_desk.commands import desk_command
from service_desk.settings import get_settings

NOTHING = "–"  # in place of a percentage of no clocks


@click.group()
def sla() -> None:
    """Verify the SLA clocks, or replay a period under other policies."""


def _processes(_: click.Context, __: click.Parameter, jobs: str) -> int:
    if jobs in ("0", "all"):
        return os.cpu_count() or 1
    if not jobs.isdecimal():
        raise click.BadParameter("Give a number of processes, or all.")
    return int(jobs)


@sla.command()
@click.option(
    "--jobs",
    metavar="N",
    default="1",
    show_default=True,
    callback=_processes,
    help="How many processes share the work; 0 or all: as many as there are cores.",
)
@desk_command
async def verify(jobs: int) -> None:
    """Recompute every clock from its events and report each difference; exit 1 if there is one."""
    _disable_gc()
    await wall_clock.follow_demo_clock()
    tickets = differences = 0
    with Progress(
        TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)
    ) as progress:
        task = progress.add_task("verifying", total=None)
        async for batch in verify_clocks(wall_clock.now(), jobs):
            for number, found in batch.differences:
                click.echo(f"{number}: {found}")
            tickets += batch.tickets
            differences += len(batch.differences)
            progress.update(task, description=f"verified {tickets:,} tickets")
    click.echo(f"{tickets:,} tickets verified, {differences:,} differences.")
    if differences:
        sys.exit(1)


@sla.command("replay")
@click.option(
    "--policy",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON or TOML: one policy, or {policies: […], calendars: {name: …}}.",
)
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
@desk_command
async def replay_command(file: Path, first: datetime, last: datetime, as_json: bool) -> None:
    """Show what attainment would have been under other policies, for tickets received in a period
    (both days included), and which clocks would have a different outcome. Nothing is written.

    A policy with the name of one in force replaces it, in its place in the order; policies with new
    names are tried before all others, in the order of the file. A calendar that the file names but
    does not define is the desk's.
    """
    _disable_gc()
    await wall_clock.follow_demo_clock()
    if last < first:
        raise click.BadParameter("The period ends before it starts (--from).", param_hint="--to")
    scenario = await read_scenario(file)
    result = await replay(
        scenario, _start_of(first.date()), _start_of(_next(last.date())), wall_clock.now()
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result)))
    else:
        _show(result)


def _disable_gc() -> None:
    """Histories hold no reference cycles and are discarded batch by batch: the collector would take
    a quarter of the time and free nothing."""
    gc.disable()


def _show(result: ReplayResult) -> None:
    console = Console()
    table = Table("clock", "clocks", "was in time", "would be", "change")
    for name, row in result.clocks.items():
        was, would = _share(row.met, row.judged), _share(row.would_be_met, row.would_be_judged)
        change = NOTHING if was is None or would is None else f"{would - was:+.1%}"
        judged = f"{row.judged:,}"
        if row.would_be_judged != row.judged:
            judged += f" → {row.would_be_judged:,}"
        table.add_row(name, judged, _percent(was), _percent(would), change)
    console.print(f"{result.tickets:,} tickets")
    console.print(table)
    for changed in result.changed:
        since = changed.started_at.astimezone(get_settings().zone)
        click.echo(
            f"{changed.number}: {changed.clock} since {since:%Y-%m-%d %H:%M:%S}: "
            f"{changed.was} → {changed.would_be}"
        )
    for number, reason in result.unreadable.items():
        click.echo(f"{number}: skipped, its history is unreadable: {reason}", err=True)


def _share(met: int, judged: int) -> float | None:
    return met / judged if judged else None


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), get_settings().zone)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
