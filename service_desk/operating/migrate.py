"""`service-desk migrate`: the schema to its newest form; `--check`: code and migrations agree."""

import asyncio

import click

from service_desk.commands import desk_servers


@click.command()
@click.option("--check", is_flag=True, help="Only say whether tables and migrations agree.")
def migrate(check: bool) -> None:
    """Bring the database to this release.

    Any number of processes may call this at once. With --check nothing is run: it fails if the
    tables in the code differ from what the migrations make.
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
