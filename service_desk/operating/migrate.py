"""`service-desk migrate`: the schema to its newest form; `--check`: code and migrations agree."""

import asyncio
from contextlib import redirect_stdout
from io import StringIO
from itertools import chain

import click

from service_desk.commands import answers, desk_servers


@click.command()
@click.option("--check", is_flag=True, help="Only say whether tables and migrations agree.")
def migrate(check: bool) -> None:
    """Bring the database to this release.

    Any number of processes may call this at once. With --check nothing is run: it fails if the
    tables in the code differ from what the migrations make.
    """
    if check:
        asyncio.run(_check())
    else:
        with desk_servers() as urls:
            head = asyncio.run(bring_up(urls.database_url))
        click.echo(f"The database is at {head}.")


async def bring_up(database_url: str) -> str:
    """Schema and shipped policies to this release; the id of the newest migration."""
    from service_desk import database, installation, wall_clock

    database.DB.config = {"dsn": database_url}
    with answers(database_url):
        await installation.install(wall_clock.now())
    async with database.database_pool(size=1):
        return await database.schema_head() or "nothing"


async def _check() -> None:
    missing = await missing_statements()
    if missing:
        raise click.ClickException(
            "Tables and migrations differ. A migration is missing that does:\n  "
            + "\n  ".join(missing)
        )
    click.echo("Tables and migrations agree.")


async def missing_statements() -> list[str]:
    """What a new automatic migration would do; needs no database."""
    from piccolo.apps.migrations.commands.new import AutoMigrationManager

    from service_desk.piccolo_app import APP_CONFIG

    manager = AutoMigrationManager(auto_input="y")
    with redirect_stdout(StringIO()):  # it draws a table
        alterations = await manager.get_alter_statements(APP_CONFIG)
    return list(chain.from_iterable(alteration.statements for alteration in alterations))
