"""`service-desk demo-data`: sample data for an empty desk, and the logins to try it with."""

import sys

import click
import uvloop

from service_desk import wall_clock
from service_desk.commands import desk_command, desk_servers
from service_desk.demo.sample_data.people import PASSWORD, SAMPLE_STAFF
from service_desk.demo.sample_data.presence import is_empty_desk, is_sample_desk
from service_desk.installation import upgrade_database


@click.command()
@click.option("--migrate", is_flag=True, hidden=True, help="Bring the database to this release.")
def demo_data(migrate: bool) -> None:
    """Load sample data into an empty desk.

    Three months of an appliance shop's after-sales desk, up to now. A desk that has tickets or
    staff already stays as it is.
    """
    if migrate:  # in the same process: `up --demo` is ready sooner
        with desk_servers() as urls:
            uvloop.run(upgrade_database(urls.database_url, wall_clock.now()))
    load_and_print_logins()


@desk_command
async def load_and_print_logins() -> None:
    if await is_empty_desk():
        await _load()
    elif not await is_sample_desk():
        click.echo("The desk has data of its own; no sample data was loaded.", err=True)
        return
    click.echo(f"Log in with one of these, password: {PASSWORD}")
    for colleague in SAMPLE_STAFF:
        click.echo(f"  {colleague.email:<26} {colleague.role:<11} {colleague.name}")


async def _load() -> None:
    """Its imports are most of the application."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from service_desk.demo.sample_data.loading import load_sample_data
    from service_desk.http.gc_tuning import tune_gc
    from service_desk.valkey import valkey_client

    tune_gc()
    await wall_clock.follow_demo_clock()
    console = Console(file=sys.stderr)
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Sample data", total=None)
        async with valkey_client():
            await load_sample_data(
                wall_clock.now(),
                lambda opened, all_: bar.update(task, completed=opened, total=all_),
            )
