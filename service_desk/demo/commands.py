"""`service-desk demo-data`: sample data for an empty desk, and the log-ins to try it with."""

import sys

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from service_desk import wall_clock
from service_desk.commands import desk_command
from service_desk.demo.sample_data.loading import is_sample_desk, load_sample_data
from service_desk.demo.sample_data.people import PASSWORD, SAMPLE_STAFF
from service_desk.valkey import valkey_client


@click.command()
@desk_command
async def demo_data() -> None:
    """Load sample data into an empty desk.

    Three months of an appliance shop's after-sales desk, up to now. A desk that has tickets or
    staff already stays as it is.
    """
    await wall_clock.follow_demo_clock()
    console = Console(file=sys.stderr)
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Sample data", total=None)
        async with valkey_client():
            loaded = await load_sample_data(
                wall_clock.now(), lambda done, of: bar.update(task, completed=done, total=of)
            )
    if not loaded and not await is_sample_desk():
        click.echo("The desk has data of its own; no sample data was loaded.", err=True)
        return
    click.echo("Log in with one of these, password: " + PASSWORD)
    for colleague in SAMPLE_STAFF:
        click.echo(f"  {colleague.email:<26} {colleague.role:<11} {colleague.name}")
