"""`service-desk migrate`: brings the schema to this release, or checks that it is."""

import asyncio

import click

from service_desk.commands import desk_servers
from service_desk.embedded import running_servers
from service_desk.settings import get_settings


@click.command()
@click.option("--check", is_flag=True, help="Only check that all agree.")
def migrate(check: bool) -> None:
    """Bring the database to this release.

    Any number of processes may call this at once. With --check nothing is changed: it fails if the
    tables in the code differ from what the migrations make, or if a running desk's database, or
    that of DATABASE_URL, differs from it.
    """
    if check:
        asyncio.run(_check())
        return
    from service_desk import installation, wall_clock

    with desk_servers() as urls:
        head = asyncio.run(installation.upgrade_database(urls.database_url, wall_clock.now()))
    click.echo(f"The database is at {head}.")


async def _check() -> None:
    from service_desk.migrating import missing_statements

    missing = await missing_statements()
    if missing:
        raise click.ClickException(
            "Tables and migrations differ. A migration is missing that does:\n  "
            + "\n  ".join(missing)
        )
    click.echo("Tables and migrations agree.")
    settings = get_settings()
    running = running_servers(settings.data_dir.absolute())
    if database_url := settings.database_url or (running and running.database_url):
        await _check_live(database_url)


async def _check_live(database_url: str) -> None:
    from service_desk.database import report_connection_errors
    from service_desk.operating.live_schema import differences, schema_of, schema_of_migrations

    with report_connection_errors(database_url):
        present = await schema_of(database_url)
    found = list(differences(await schema_of_migrations(), present))
    if found:
        raise click.ClickException(
            "The database differs from what the migrations make. If it is of an earlier release, "
            "run service-desk migrate.\n  " + "\n  ".join(found)
        )
    click.echo("The database agrees with them.")
